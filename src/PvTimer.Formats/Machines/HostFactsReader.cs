using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.RegularExpressions;
using PvTimer.Formats.Traces;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Machines;

/// <summary>
/// Reads what describes a host: <c>lscpu -J -e</c>, <c>lscpu -J</c>, <c>lstopo --of xml</c>, <c>numactl --hardware</c>, and
/// /proc/interrupts of two moments. Each file is recognised by its content.
/// </summary>
public static partial class HostFactsReader
{
    /// <summary>What the files may be.</summary>
    public const string Accepted =
        "the output of lscpu -J -e, lscpu -J, lstopo --of xml or numactl --hardware, or two copies of /proc/interrupts, the earlier first";

    private const long MostBytes = 64L << 20;

    /// <param name="files">In any order, but for the copies of /proc/interrupts.</param>
    /// <exception cref="TraceFormatException">One is none of these, is damaged, or says the same as another.</exception>
    /// <exception cref="IOException">One cannot be read.</exception>
    public static HostFacts Read(IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        (string File, ImmutableArray<HostCpu> Cpus)? topology = null;
        string? model = null;
        NodeDistances? distances = null;
        List<ProcInterrupts> looks = [];
        foreach (string file in files)
        {
            string text = ReadText(file);
            switch (text.TrimStart())
            {
                case ['{', ..]:
                    using (JsonDocument document = Json(file, text))
                    {
                        if (document.RootElement.TryGetProperty("cpus", out JsonElement cpus))
                        {
                            topology = Once(topology, file, LscpuCpus(file, cpus));
                        }
                        else if (
                            document.RootElement.TryGetProperty("lscpu", out JsonElement fields)
                        )
                        {
                            model = ModelName(fields) ?? model;
                        }
                        else
                        {
                            throw Unknown(file);
                        }
                    }
                    break;
                case ['<', ..]:
                    LstopoXml.Topology drawn = LstopoXml.Read(file, text);
                    topology = Once(topology, file, drawn.Cpus);
                    model = drawn.Model ?? model;
                    distances = drawn.Distances ?? distances;
                    break;
                case var table
                    when table.StartsWith(NumactlHardware.Beginning, StringComparison.Ordinal):
                    distances = NumactlHardware.Read(file, text);
                    break;
                case ['C', 'P', 'U', ..]:
                    looks.Add(ProcInterrupts.Read(file, text));
                    break;
                default:
                    throw Unknown(file);
            }
        }
        return new HostFacts(
            topology?.Cpus ?? [],
            model,
            TscOf(model),
            looks.Count switch
            {
                0 => [],
                2 => looks[0].Until(looks[1]),
                int number => throw new TraceFormatException(
                    looks[^1].File,
                    0,
                    $"is look number {number} at /proc/interrupts",
                    "none or two of them"
                ),
            },
            distances
        );
    }

    internal static TraceFormatException Damaged(string file, long line, string what) =>
        new(file, line, what, Accepted);

    private static TraceFormatException Unknown(string file) =>
        Damaged(file, 0, "is not recognised");

    private static string ReadText(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > MostBytes })
        {
            throw Damaged(file, 0, "has more than 64 MiB");
        }
        return File.ReadAllText(file);
    }

    private static (string, ImmutableArray<HostCpu>) Once(
        (string File, ImmutableArray<HostCpu> Cpus)? before,
        string file,
        ImmutableArray<HostCpu> cpus
    ) =>
        before is { } other
            ? throw new TraceFormatException(
                file,
                0,
                $"says which CPUs there are, as {other.File} does",
                "one file that says it"
            )
        : cpus.IsEmpty ? throw Damaged(file, 0, "names no CPU that is online")
        : (file, [.. cpus.OrderBy(cpu => cpu.Cpu)]);

    private static JsonDocument Json(string file, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new TraceFormatException(
                file,
                (e.LineNumber ?? 0) + 1,
                "is no whole JSON document",
                Accepted,
                e
            );
        }
    }

    private static ImmutableArray<HostCpu> LscpuCpus(string file, JsonElement cpus)
    {
        try
        {
            return
            [
                .. cpus.EnumerateArray()
                    .Where(cpu =>
                        !cpu.TryGetProperty("online", out JsonElement online) || IsTrue(online)
                    )
                    .Select(cpu => new HostCpu(
                        Number(cpu, "cpu"),
                        Number(cpu, "socket"),
                        cpu.TryGetProperty("node", out _) ? Number(cpu, "node") : 0,
                        Number(cpu, "core")
                    )),
            ];
        }
        catch (Exception e)
            when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new TraceFormatException(
                file,
                0,
                "a CPU lacks 'cpu', 'socket' or 'core'",
                Accepted,
                e
            );
        }
    }

    /// <summary>Older versions of lscpu write every value as a string, and "yes" for true.</summary>
    private static bool IsTrue(JsonElement online) =>
        online.ValueKind == JsonValueKind.True
        || (online.ValueKind == JsonValueKind.String && online.GetString() is "yes" or "true");

    private static int Number(JsonElement of, string key)
    {
        JsonElement value = of.GetProperty(key);
        return value.ValueKind == JsonValueKind.String
            ? int.Parse(value.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture)
            : value.GetInt32();
    }

    /// <summary>The field may lie in a group: newer versions of lscpu nest them.</summary>
    private static string? ModelName(JsonElement fields)
    {
        foreach (JsonElement field in fields.EnumerateArray())
        {
            if (
                field.TryGetProperty("field", out JsonElement name)
                && name.GetString() == "Model name:"
            )
            {
                return field.GetProperty("data").GetString();
            }
            if (
                field.TryGetProperty("children", out JsonElement children)
                && ModelName(children) is { } inner
            )
            {
                return inner;
            }
        }
        return null;
    }

    private static TscFrequency? TscOf(string? model)
    {
        Match rate = Rate().Match(model ?? "");
        return
            rate.Success
            && decimal.TryParse(
                rate.Groups["rate"].Value,
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out decimal gigahertz
            )
            ? TscFrequency.FromKilohertz((long)(gigahertz * 1_000_000))
            : null;
    }

    [GeneratedRegex(@"@ (?<rate>\d+\.\d+)GHz", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Rate();
}
