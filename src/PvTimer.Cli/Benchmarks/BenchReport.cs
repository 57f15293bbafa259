using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PvTimer.Cli.Benchmarks;

/// <summary>What a benchmark found; as JSON it has the shape promised for `pvtimer bench --json`.</summary>
/// <param name="Machine">Where it ran.</param>
/// <param name="Parameters">What it ran.</param>
/// <param name="TraceHash">What every row computed.</param>
/// <param name="Rows">One per way to run it.</param>
public sealed record BenchReport(
    BenchMachine Machine,
    object Parameters,
    string TraceHash,
    ImmutableArray<BenchRow> Rows
)
{
    /// <summary>The same bench with other parameters; null: there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BenchReport? Next { get; init; }

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public string ToJson() => ToJson(this);

    /// <summary>Any bench's report in the same layout.</summary>
    internal static string ToJson<TReport>(TReport report) =>
        JsonSerializer.Serialize(report, Layout);
}

/// <param name="Cpu">As the kernel names it.</param>
/// <param name="Cores">Logical processors this process may use.</param>
/// <param name="Runtime">".NET 10.0.0".</param>
public sealed record BenchMachine(string Cpu, int Cores, string Runtime)
{
    /// <summary>For people.</summary>
    internal string Line() => $"{Cpu}, {Cores} cores, {Runtime}";
}

/// <param name="Name">"plain-heap", "sequential", "actors", "actors-2-regions", "stepped", "1-process", "2-processes".</param>
/// <param name="Events">Of one run.</param>
/// <param name="EventsPerSecond">The median of all runs.</param>
/// <param name="NsPerEvent">Wall time, of the median run.</param>
/// <param name="BytesPerEvent">Allocated by the whole process, median; null if it was not this one.</param>
/// <param name="Runs">How many.</param>
/// <param name="Min">The slowest run [events per second].</param>
/// <param name="Max">The fastest run [events per second].</param>
/// <param name="Windows">Rounds of one run; null if it has none.</param>
/// <param name="WindowsPerSecond">The median of all runs.</param>
/// <param name="SteadyBytesPerEvent">
/// Allocated by the engine's thread in the second half of virtual time, median; null: not measured.
/// </param>
public sealed record BenchRow(
    string Name,
    long Events,
    double EventsPerSecond,
    double NsPerEvent,
    double? BytesPerEvent,
    int Runs,
    double Min,
    double Max,
    long? Windows = null,
    double? WindowsPerSecond = null,
    double? SteadyBytesPerEvent = null
);
