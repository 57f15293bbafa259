using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace PvTimer.Experiments.Tests.Mutation;

/// <summary>Damages a trace's text as copying, cutting, editing and broken disks do; the same seed does the same.</summary>
internal sealed class TraceMutation(int seed, IReadOnlyList<string[]> samples)
{
    private const int MostDamages = 6;

    private static readonly string[] Numbers =
    [
        "0",
        "-1",
        "1",
        "65536",
        "4294967295",
        "4294967296",
        "9223372036854775807",
        "18446744073709551615",
        "99999999999999999999999",
        "8200138803000",
        "4611686018427387903",
        "ffffffffffffffff",
        "0.000001",
        "1e308",
    ];

    private static readonly string[] Lines =
    [
        "CPU:0 [LOST 9223372036854775807 EVENTS]",
        "CPU:1 [LOST EVENTS]",
        "# entries-in-buffer/entries-written: 0/9223372036854775807   #P:2",
        "# tsc_khz: 1",
        "# tsc_khz: 100000000",
        "  a-1 [000] d..1. 4611686018427387903: write_msr: 6e0, value ffffffffffffffff",
        "  a-1 [8191] d..1. 1: cpu_idle: state=1 cpu_id=0",
        "  a-1 [001] d..1. 1000000200000: write_msr: 830, value ffffffff000c00fb",
        " => lapic_next_deadline",
        "[[[[[[[[[[[[[[[[[[[[[[[[",
        "",
    ];

    // Mutations are drawn for tests only; virtual time has its own, counter-based source of chance.
    private readonly Random _random = new(seed);

    /// <summary>The damaged text of one sample.</summary>
    public byte[] Next()
    {
        List<string> lines = [.. samples[_random.Next(samples.Count)]];
        int damages = 1 + _random.Next(MostDamages);
        for (int i = 0; i < damages && lines.Count > 0; i++)
        {
            Damage(lines);
        }
        byte[] text = Encoding.Latin1.GetBytes(string.Join('\n', lines) + "\n");
        return _random.Next(8) == 0 ? text[.._random.Next(1, text.Length)] : text;
    }

    private void Damage(List<string> lines)
    {
        int at = _random.Next(lines.Count);
        string line = lines[at];
        switch (_random.Next(12))
        {
            case 0:
                lines.RemoveRange(at, Math.Min(_random.Next(1, 20), lines.Count - at));
                break;
            case 1:
                lines.Insert(_random.Next(lines.Count), line);
                break;
            case 2:
                int other = _random.Next(lines.Count);
                (lines[at], lines[other]) = (lines[other], line);
                break;
            case 3:
                lines[at] = line[.._random.Next(line.Length + 1)];
                break;
            case 4:
                lines[at] = line[_random.Next(line.Length + 1)..];
                break;
            case 5:
                lines[at] = WithCharacter(line, (char)('0' + _random.Next(10)));
                break;
            case 6:
                lines[at] = WithCharacter(line, (char)_random.Next(1, 256));
                break;
            case 7:
                lines[at] = WithNumber(line);
                break;
            case 8:
                lines.Insert(at, Lines[_random.Next(Lines.Length)]);
                break;
            case 9:
                string[] stranger = samples[_random.Next(samples.Count)];
                lines.Insert(at, stranger[_random.Next(stranger.Length)]);
                break;
            case 10:
                lines.Reverse(at, Math.Min(_random.Next(2, 40), lines.Count - at));
                break;
            default:
                lines[at] = line + line;
                break;
        }
    }

    private string WithCharacter(string line, char put)
    {
        int at = _random.Next(line.Length + 1);
        return at == line.Length ? line + put : line[..at] + put + line[(at + 1)..];
    }

    /// <summary>One of the line's numbers becomes another.</summary>
    private string WithNumber(string line)
    {
        int[] digits = [.. Enumerable.Range(0, line.Length).Where(i => char.IsDigit(line[i]))];
        if (digits.Length == 0)
        {
            return line;
        }
        int start = digits[_random.Next(digits.Length)];
        int end = start;
        while (end < line.Length && char.IsDigit(line[end]))
        {
            end++;
        }
        while (start > 0 && char.IsDigit(line[start - 1]))
        {
            start--;
        }
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{line[..start]}{Numbers[_random.Next(Numbers.Length)]}{line[end..]}"
        );
    }
}
