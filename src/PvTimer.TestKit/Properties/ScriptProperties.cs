using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.ActorTime;
using PvTimer.Model.Time;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Properties;

/// <summary>What a script says once and the machine keeps from then on: asked after each event.</summary>
/// <param name="machine">The script's.</param>
/// <param name="reached">Where an exploration notes what has happened in some schedule; null: this script is the only one.</param>
internal sealed class ScriptProperties(Func<ScriptedMachine> machine, Reached? reached)
{
    private readonly List<(Func<bool> Holds, string Words)> _always = [];
    private readonly List<(Func<bool> Holds, string Words, VirtualTime Limit)> _eventually = [];
    private readonly List<(Func<bool> Holds, string Name)> _sometimes = [];
    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);
    private bool _isAsking;

    /// <summary>There is nothing to ask.</summary>
    public bool IsEmpty => _always.Count + _eventually.Count + _sometimes.Count == 0;

    public void Always(Func<bool> holds, string words) => _always.Add((holds, words));

    public void Eventually(Func<bool> holds, string words, VirtualTime limit) =>
        _eventually.Add((holds, words, limit));

    public void Sometimes(Func<bool> holds, string name) => _sometimes.Add((holds, name));

    /// <summary>An event has happened, or none was left.</summary>
    /// <returns>Whether one has.</returns>
    /// <exception cref="ScriptException">Something does not hold that always does, or has not come in time.</exception>
    public bool After(bool happened)
    {
        if (!happened || _isAsking)
        {
            return happened;
        }
        _isAsking = true;
        try
        {
            Ask();
            return true;
        }
        finally
        {
            _isAsking = false;
        }
    }

    /// <summary>The script has come to its end: what is still owed, a line each.</summary>
    public ImmutableArray<string> Missed()
    {
        List<string> missed =
        [
            .. _eventually.Select(owed =>
                $"eventually \"{owed.Words}\" before {EventTable.TimeText(owed.Limit)}: it has not held until the end"
            ),
        ];
        foreach ((_, string name) in _sometimes)
        {
            if (reached is not null)
            {
                reached.Note(name, _seen.Contains(name));
            }
            else if (!_seen.Contains(name))
            {
                missed.Add($"sometimes \"{name}\" never was");
            }
        }
        return [.. missed];
    }

    private void Ask()
    {
        VirtualTime now = machine().Now;
        foreach ((Func<bool> holds, string words) in _always)
        {
            if (!holds())
            {
                throw Fails($"always \"{words}\": it does not hold any more");
            }
        }
        for (int index = _eventually.Count - 1; index >= 0; index--)
        {
            (Func<bool> holds, string words, VirtualTime limit) = _eventually[index];
            if (now > limit)
            {
                _eventually.RemoveAt(index);
                throw Fails(
                    $"eventually \"{words}\" before {EventTable.TimeText(limit)}: it has not held until then"
                );
            }
            if (holds())
            {
                _eventually.RemoveAt(index);
            }
        }
        foreach ((Func<bool> holds, string name) in _sometimes)
        {
            if (!_seen.Contains(name) && holds())
            {
                _seen.Add(name);
            }
        }
    }

    /// <summary>The event that has just happened is the one that is meant.</summary>
    private ScriptException Fails(string what)
    {
        long last = machine().Log.End - 1;
        Occurrence meant = last >= 0 ? machine().Log[last] : default;
        return machine().Failure(what, past => last >= 0 && past == meant);
    }
}
