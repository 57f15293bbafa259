using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.ActorTime;

namespace PvTimer.TestKit.Properties;

/// <summary>What is to happen in some schedule of an exploration, or in some script of a swarm, and whether it has.</summary>
internal sealed class Reached
{
    private readonly SortedDictionary<string, bool> _names = new(StringComparer.Ordinal);

    /// <summary>It is to happen sometimes.</summary>
    /// <param name="name">How it is called.</param>
    /// <param name="happened">Here it has.</param>
    public void Note(string name, bool happened) =>
        _names[name] = happened || _names.GetValueOrDefault(name);

    /// <param name="among">"300 schedules".</param>
    /// <exception cref="ScriptException">Something has never happened.</exception>
    public void ThrowIfNever(string among)
    {
        string[] never = [.. _names.Where(each => !each.Value).Select(each => each.Key)];
        if (never.Length > 0)
        {
            throw new ScriptException(
                $"never, in {among}: {string.Join("; ", never)}; accepted: schedules or scripts in which it happens"
            );
        }
    }
}
