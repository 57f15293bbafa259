using System.Globalization;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>
/// Reads <c>network { ... }</c>, how hosts are connected, and <c>migration { ... }</c>, how VMs go from one
/// to another.
/// </summary>
internal static class NetworkReader
{
    private const int MostRounds = 1_000;

    private static readonly VirtualDuration ShortestLatency = VirtualDuration.FromMicroseconds(1);

    private static readonly DataRate Slowest = new(1_000_000);

    /// <summary>Two switches away in one data centre, and what servers of the time have.</summary>
    private static readonly NetworkDescription Usual = new(
        VirtualDuration.FromMicroseconds(50),
        DataRate.FromGigabits(10)
    );

    /// <summary>Null: the scenario does not speak of a network, and does not need one.</summary>
    public static NetworkDescription? Read(Settings scenario, bool isNeeded)
    {
        const string Key = "network";
        bool isSaid = scenario.Has(Key);
        Settings from = scenario.Section(Key);
        NetworkDescription network = new(
            from.Span("latency", ShortestLatency, Bounds.LongestCost, Usual.Latency),
            from.Rate("bandwidth", Slowest, Usual.Bandwidth)
        );
        from.RejectUnknown();
        return isSaid || isNeeded ? network : null;
    }

    /// <summary>All rounds together must end within the longest span.</summary>
    /// <param name="from">The section.</param>
    /// <param name="network">How hosts are connected; null: they are not.</param>
    public static MigrationParameters ReadMigration(Settings from, NetworkDescription? network)
    {
        const string BandwidthKey = "bandwidth";
        MigrationParameters defaults = new();
        MigrationParameters parameters = new()
        {
            Memory = from.Size("memory", defaults.Memory),
            DirtyRate = from.Rate("dirty-rate", default, defaults.DirtyRate),
            Bandwidth = from.Has(BandwidthKey) ? from.Rate(BandwidthKey, Slowest, Slowest) : null,
            MaxDowntime = from.Span("max-downtime", VirtualDuration.Zero, defaults.MaxDowntime),
            MaxRounds = from.Whole("max-rounds", 1, MostRounds, defaults.MaxRounds),
            Tsc = from.Choice<TscInDowntime>(
                "tsc",
                defaults.Tsc,
                ("stops", TscInDowntime.Stops),
                ("counts", TscInDowntime.Counts)
            ),
        };
        from.Find(BandwidthKey);
        from.RejectUnknown();
        DataRate slowest = DataRate.Min(
            parameters.Bandwidth ?? Bounds.FastestRate,
            (network ?? Usual).Bandwidth
        );
        VirtualDuration longest = VirtualDuration.FromNanoseconds(
            Bounds.LongestSpan.Nanoseconds / parameters.MaxRounds
        );
        if (slowest.TimeFor(parameters.Memory) > longest)
        {
            throw from.Error(
                "memory",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameters.MaxRounds} rounds of {Units.Write(parameters.Memory)} at {Units.Write(slowest)} take too long"
                ),
                $"at most {Bounds.Write(Bounds.LongestSpan)} in all: less memory, fewer max-rounds, or more bandwidth"
            );
        }
        return parameters;
    }
}
