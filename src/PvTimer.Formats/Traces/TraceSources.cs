using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Which recordings a text was printed from. `trace-cmd report -i host.dat -i guest.dat` prints several in one
/// order, each line behind its recording's name; they are of different machines, so one must be chosen.
/// </summary>
internal sealed class TraceSources
{
    /// <summary>Names beyond these are not told apart.</summary>
    private const int MostNames = 8;

    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _beforeTasks = new(StringComparer.Ordinal);
    private bool _everyTaskHasOne = true;

    /// <summary>What is wrong and what would do; null if there is one recording only.</summary>
    public (string What, string Accepted)? Refusal
    {
        get
        {
            SortedSet<string> names =
                _everyTaskHasOne && _names.Count < _beforeTasks.Count ? _beforeTasks : _names;
            if (names.Count < 2)
            {
                return null;
            }
            string last = names.Last();
            if (names.All(name => name.All(char.IsAsciiDigit)))
            {
                return (
                    "its lines are numbered, as by `grep -n`",
                    "the same without the numbers, as of `cut -d: -f2-`"
                );
            }
            return (
                $"recordings of several machines are merged in it: {string.Join(", ", names)}",
                $"one of them, as of `trace-cmd report -i {last}` or `grep '^ *{last}:' FILE`"
            );
        }
    }

    /// <summary>"guest.dat: cpus=2"</summary>
    public void LookAtPreamble(ReadOnlySpan<byte> text)
    {
        int cpus = text.IndexOf(": cpus="u8);
        if (cpus < 0)
        {
            cpus = text.IndexOf(":cpus="u8);
        }
        if (cpus > 0)
        {
            Add(_names, text[..cpus].Trim(Words.Blanks));
        }
    }

    /// <summary>
    /// "guest.dat:   task-1 [000] ...": names that end otherwise can only be told from tasks' names by standing
    /// before every one.
    /// </summary>
    public void Add(in TraceLine line)
    {
        if (!line.Recording.IsEmpty)
        {
            Add(_names, line.Recording);
            return;
        }
        int end = line.Task.IndexOf(": "u8);
        if (end <= 0 || line.Task[..end].Contains((byte)' '))
        {
            _everyTaskHasOne = false;
        }
        else if (_everyTaskHasOne)
        {
            Add(_beforeTasks, line.Task[..end]);
        }
    }

    private static void Add(SortedSet<string> names, ReadOnlySpan<byte> name)
    {
        if (names.Count < MostNames)
        {
            names.Add(Encoding.UTF8.GetString(name));
        }
    }
}
