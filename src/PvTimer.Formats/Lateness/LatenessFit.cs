using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>
/// Calibrates a cost profile from recorded lateness: the table of the host's timer interrupt, and the wake-up
/// table of each depth of idle. All other costs are taken as given.
/// </summary>
/// <remarks>
/// <para>What a timer's expiry adds up to on the baseline, as the pCPU has it (Pcpu.Interrupts, Pcpu.Exits):</para>
/// <code>
/// polled   TimerInterrupt + PollExit + EntryTransition + GuestInterruptEntry
/// blocked  Wake(depth) + TimerInterrupt + ContextSwitch + EntryTransition + GuestInterruptEntry
/// running  InterruptRecognition + ExitTransition + TimerInterrupt + ExternalInterruptHandler
///          + EntryTransition + GuestInterruptEntry
/// </code>
/// <para>
/// So TimerInterrupt is the recorded lateness of polled interrupts less the fixed costs, quantile by quantile, and
/// Wake(depth) that of the depth's blocked interrupts less fixed costs and the median of TimerInterrupt (whose
/// spread is small against that of Wake; the two are drawn independently). Differences below zero become zero. Running
/// interrupts are not fitted: they are a check, as is a recording that was left out.
/// </para>
/// </remarks>
public sealed class LatenessFit
{
    /// <summary>A class with fewer interrupts keeps the profile's own table.</summary>
    public const int FewestSamples = 4 * QuantileTable.Intervals;

    private readonly VirtualDuration _haltPoll;

    private LatenessFit(
        CostProfile profile,
        ImmutableArray<LatenessClass> classes,
        VirtualDuration haltPoll
    )
    {
        Profile = profile;
        Classes = classes;
        _haltPoll = haltPoll;
    }

    /// <summary>The profile with the fitted tables.</summary>
    public CostProfile Profile { get; }

    /// <summary>What was fitted to: running, polled, then blocked by depth.</summary>
    public ImmutableArray<LatenessClass> Classes { get; }

    /// <param name="guests">Recordings from hosts of the profile's kind.</param>
    /// <param name="profile">The fixed costs.</param>
    /// <param name="haltPoll">The hosts' `halt_poll_ns`.</param>
    public static LatenessFit Of(
        IEnumerable<RecordedGuest> guests,
        CostProfile profile,
        VirtualDuration haltPoll
    )
    {
        ImmutableArray<LatenessClass> classes = LatenessClass.Classify(guests, haltPoll);
        LatenessClass polled = classes.Single(each => each.Path == LatenessPath.Polled);
        CostDistribution interrupt =
            polled.Count < FewestSamples
                ? profile.TimerInterrupt
                : QuantileTable.Of(polled.Recorded, FixedCosts(LatenessPath.Polled, profile));
        VirtualDuration known =
            FixedCosts(LatenessPath.Blocked, profile) + QuantileTable.Median(interrupt);
        CostProfile fitted = profile with
        {
            TimerInterrupt = interrupt,
            IdleStates =
            [
                .. classes
                    .Where(each => each.Path == LatenessPath.Blocked)
                    .Select(each => FitDepth(each, profile, known)),
            ],
        };
        return new LatenessFit(fitted, classes, haltPoll);
    }

    /// <summary>What the path costs beside the drawn tables.</summary>
    public static VirtualDuration FixedCosts(LatenessPath path, CostProfile profile)
    {
        VirtualDuration intoGuest = profile.EntryTransition + profile.GuestInterruptEntry;
        return path switch
        {
            LatenessPath.Polled => profile.PollExit + intoGuest,
            LatenessPath.Blocked => profile.ContextSwitch + intoGuest,
            _ => profile.InterruptRecognition
                + profile.ExitTransition
                + profile.ExternalInterruptHandler
                + intoGuest,
        };
    }

    /// <summary>
    /// Compares recordings, those fitted to or others, with what the fitted profile draws; classes that do not
    /// occur are left out.
    /// </summary>
    public ImmutableArray<LatenessCheck> Check(IEnumerable<RecordedGuest> guests) =>
        [
            .. LatenessClass
                .Classify(guests, _haltPoll)
                .Where(each => each.Count > 0)
                .Select(each =>
                {
                    ExactDistribution predicted = Draw(each);
                    return new LatenessCheck(
                        each,
                        predicted,
                        KolmogorovSmirnov.Distance(each.Recorded, predicted)
                    );
                }),
        ];

    private static IdleState FitDepth(
        LatenessClass depth,
        CostProfile profile,
        VirtualDuration known
    )
    {
        IdleState own = profile.IdleStates.Last(state => state.From <= depth.From);
        return depth.Count < FewestSamples
            ? own with
            {
                From = depth.From,
            }
            : new IdleState(
                $"idle-{depth.From.Nanoseconds / 1_000}us",
                depth.From,
                QuantileTable.Of(depth.Recorded, known)
            );
    }

    private ExactDistribution Draw(LatenessClass each)
    {
        const int Draws = 20_000;
        PhiloxSequence wakes = new(0, 0, ChancePurpose.WakeUpLatency);
        PhiloxSequence interrupts = new(0, 0, ChancePurpose.InterruptLatency);
        VirtualDuration known = FixedCosts(each.Path, Profile);
        IdleState depth = Profile.IdleStates.Last(state => state.From <= each.From);
        ExactDistribution predicted = new();
        for (int i = 0; i < Draws; i++)
        {
            VirtualDuration lateness = known + Profile.TimerInterrupt.Draw(ref interrupts);
            if (each.Path == LatenessPath.Blocked)
            {
                lateness += depth.Wake.Draw(ref wakes);
            }
            predicted.Add(lateness);
        }
        return predicted;
    }
}

/// <summary>Recorded against predicted lateness of one class.</summary>
/// <param name="Class">The class, with what was recorded.</param>
/// <param name="Predicted">Draws from the fitted profile.</param>
/// <param name="Distance">Kolmogorov-Smirnov, 0 to 1.</param>
public sealed record LatenessCheck(
    LatenessClass Class,
    ExactDistribution Predicted,
    double Distance
);
