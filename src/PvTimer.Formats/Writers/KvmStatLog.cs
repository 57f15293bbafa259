using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace PvTimer.Formats.Writers;

/// <summary>
/// Writes counts as `kvm_stat --log` prints them (tools/kvm/kvm_stat/kvm_stat, log): every 20 lines the events' names, sorted, and
/// for each second how many there were of each.
/// </summary>
public static class KvmStatLog
{
    /// <summary>Lines of numbers below one of names.</summary>
    private const int BannerEvery = 20;

    /// <param name="writer">Where to; lines end in \n.</param>
    /// <param name="seconds">For each second the events that there were, by name; what is missing in one was not there.</param>
    public static void Write(
        TextWriter writer,
        IReadOnlyList<IReadOnlyDictionary<string, long>> seconds
    )
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(seconds);
        string[] keys =
        [
            .. seconds
                .SelectMany(second => second.Keys)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        for (int line = 0; line < seconds.Count; line++)
        {
            if (line % BannerEvery == 0)
            {
                writer.Write(string.Concat(keys.Select(key => $"{key} ")) + "\n");
            }
            StringBuilder numbers = new();
            foreach (string key in keys)
            {
                numbers.Append(
                    CultureInfo.InvariantCulture,
                    $" {seconds[line].GetValueOrDefault(key), 9} "
                );
            }
            writer.Write(numbers.Append('\n').ToString());
        }
    }
}
