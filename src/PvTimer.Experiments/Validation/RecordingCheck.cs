using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Traces;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Migration;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Validation;

/// <summary>One recording beside its replay, on a profile that was fitted without it.</summary>
/// <param name="Name">As its user calls it.</param>
/// <param name="Deadlines">Writes of 0x6e0 that were recorded.</param>
/// <param name="Programmed">And that the replay came to.</param>
/// <param name="Recorded">Latenesses on the recording's own host.</param>
/// <param name="Emulated">Latenesses in the replay, back-end hrtimer.</param>
/// <param name="Distance">Kolmogorov-Smirnov, 0 to 1; null if one of them is empty.</param>
/// <param name="Fit">What the profile was fitted to: all recordings of the group but this.</param>
public sealed record RecordingCheck(
    string Name,
    long Deadlines,
    long Programmed,
    ExactDistribution Recorded,
    ExactDistribution Emulated,
    double? Distance,
    LatenessFit Fit
)
{
    /// <summary>
    /// Classes that this recording's timer interrupts fall into and that the others could not tell anything
    /// about, each with its share of them, 0 to 1.
    /// </summary>
    public required ImmutableArray<(LatenessClass Class, double Share)> Unknown { get; init; }

    /// <summary>Recorded and emulated latenesses count from the smallest of each.</summary>
    public required bool IsRelative { get; init; }

    /// <summary>Share of timer interrupts that the guest itself kept waiting.</summary>
    public required double KeptWaiting { get; init; }

    /// <summary>Replays each recording of a group on costs that are fitted to all others.</summary>
    /// <param name="group">Recordings from one kind of host.</param>
    /// <param name="profile">The fixed costs, and tables for what the others cannot identify.</param>
    /// <param name="haltPoll">The hosts' `halt_poll_ns`, a setting that is known, not fitted.</param>
    /// <param name="noise">The fitted noise of the host is on.</param>
    public static IEnumerable<RecordingCheck> OfEach(
        IReadOnlyList<(string Name, CompiledTrace Trace)> group,
        CostProfile profile,
        VirtualDuration haltPoll,
        bool noise
    )
    {
        foreach ((string name, CompiledTrace trace) in group)
        {
            LatenessFit fit = LatenessFit.Of(
                group
                    .Where(other => other.Trace != trace && LatenessFit.CanUse(other.Trace.Guest))
                    .Select(other => other.Trace.Guest),
                profile,
                haltPoll
            );
            yield return Of(name, trace, fit, noise && fit.Profile.Noise is not null);
        }
    }

    private static RecordingCheck Of(string name, CompiledTrace trace, LatenessFit fit, bool noise)
    {
        BackendResult result = Experiment
            .Run(
                Replay(name, trace.Guest, fit, noise),
                EngineKind.Sequential,
                1,
                static (_, _) => true
            )
            .Backends.Single();
        ImmutableArray<LatenessClass> own = LatenessClass.Classify([trace.Guest], fit.HaltPoll);
        double all = own.Sum(each => each.Count);
        return new RecordingCheck(
            name,
            trace.DeadlineWrites,
            result.Report.DeadlineWrites,
            result.Recorded!.Lateness,
            result.Recorded.IsRelative
                ? result.Report.Lateness.RelativeToSmallest()
                : result.Report.Lateness,
            result.Recorded.Distance,
            fit
        )
        {
            Unknown =
            [
                .. own.Where(each =>
                        each.Count > 0
                        && fit.Unidentified.Any(unknown =>
                            unknown.Path == each.Path && unknown.From == each.From
                        )
                    )
                    .Select(each => (each, each.Count / all)),
            ],
            IsRelative = result.Recorded.IsRelative,
            KeptWaiting = own.Single(each => each.Path == LatenessPath.KeptWaiting).Count / all,
        };
    }

    /// <summary>The recording alone on a host of its own, one pCPU per vCPU, for as long as it is.</summary>
    private static Scenario Replay(
        string name,
        RecordedGuest recording,
        LatenessFit fit,
        bool noise
    ) =>
        new()
        {
            Name = name,
            Seed = 1,
            Duration = recording.Frequency.SpanOf(recording.End.CyclesSince(recording.Start)),
            Backends = [TimerBackends.Hrtimer],
            Hosts = 1,
            Host = new HostSettings(
                recording.Vcpus.Length,
                1,
                recording.Frequency,
                null,
                false,
                fit.Profile,
                fit.HaltPoll,
                VirtualDuration.Zero,
                false,
                noise
            ),
            PvTimer = new(),
            Vms =
            [
                new VmSettings(
                    "guest",
                    1,
                    recording.Vcpus.Length,
                    PinPolicy.Listed,
                    [.. Enumerable.Range(0, recording.Vcpus.Length)],
                    recording.Frequency,
                    0,
                    VirtualDuration.Zero,
                    null,
                    new TraceGuest(recording, ReplayMode.ClosedLoop),
                    null
                ),
            ],
            Network = null,
            Migration = new MigrationParameters(),
            Events = [],
            Thresholds = [],
            Placement = new PlacementSettings(
                PlacementPolicy.PackByHost,
                ImmutableDictionary<string, string>.Empty
            ),
            Inputs = [],
            Warnings = [],
        };
}
