using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Formats.Machines;

/// <summary>One look at /proc/interrupts: a line for each interrupt, a column for each CPU that is online.</summary>
internal sealed class ProcInterrupts
{
    private readonly List<(string Name, string Description, long Count)> _lines = [];
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    private ProcInterrupts(string file) => File = file;

    public string File { get; }

    /// <inheritdoc cref="HostFactsReader.Read"/>
    public static ProcInterrupts Read(string file, string text)
    {
        ProcInterrupts look = new(file);
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int cpus = Words(lines[0]).Length;
        for (int number = 1; number < lines.Length; number++)
        {
            string[] words = Words(lines[number]);
            if (words.Length == 0)
            {
                continue;
            }
            if (!words[0].EndsWith(':') || words.Length < 2)
            {
                throw HostFactsReader.Damaged(
                    file,
                    number + 1,
                    "has no name with a colon, or no count"
                );
            }
            look.Add(words, cpus, number + 1);
        }
        return look;
    }

    /// <summary>What came until a later look; lines that only one of them has are left out.</summary>
    public ImmutableArray<InterruptCount> Until(ProcInterrupts later)
    {
        ImmutableArray<InterruptCount>.Builder counts =
            ImmutableArray.CreateBuilder<InterruptCount>();
        foreach ((string name, string description, long count) in later._lines)
        {
            if (!_counts.TryGetValue(name, out long before))
            {
                continue;
            }
            if (count < before)
            {
                throw HostFactsReader.Damaged(
                    later.File,
                    0,
                    $"has fewer interrupts {name} than {File}: they are of another host or boot, or in the other order"
                );
            }
            counts.Add(new InterruptCount(name, description, count - before));
        }
        return counts.DrainToImmutable();
    }

    /// <summary>ERR and MIS have one count only, whatever the number of CPUs.</summary>
    private void Add(string[] words, int cpus, int line)
    {
        long sum = 0;
        int column = 1;
        for (; column <= cpus && column < words.Length; column++)
        {
            if (
                !long.TryParse(
                    words[column],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out long count
                )
            )
            {
                break;
            }
            sum = checked(sum + count);
        }
        if (column == 1)
        {
            throw HostFactsReader.Damaged(File, line, $"'{words[1]}' is no count");
        }
        string name = words[0].TrimEnd(':');
        _lines.Add((name, string.Join(' ', words.Skip(column)), sum));
        _counts[name] = sum;
    }

    private static string[] Words(string line) =>
        line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
