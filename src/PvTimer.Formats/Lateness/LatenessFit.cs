using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>
/// Calibrates a cost profile from recorded lateness: the table of the host's timer interrupt, that of each length
/// of a stay in guest mode, the wake-up table of each depth of idle, and the host's noise. All other costs are
/// taken as given.
/// </summary>
/// <remarks>
/// <para>What a timer's expiry adds up to on the baseline, as the pCPU has it (InterruptController, ExitHandlers):</para>
/// <code>
/// polled   TimerInterrupt + PollExit + EntryTransition + GuestInterruptEntry
/// blocked  Wake(depth) + TimerInterrupt + ThreadWake + ContextSwitch + EntryTransition + GuestInterruptEntry
/// running  InterruptRecognition + ExitTransition + TimerInterrupt + ExternalInterruptHandler + Delay(stay)
///          + EntryTransition + GuestInterruptEntry
/// </code>
/// <para>
/// So TimerInterrupt is the recorded lateness of polled interrupts less the fixed costs, quantile by quantile;
/// Wake(depth) and Delay(stay) are those of their own interrupts less fixed costs and the median of TimerInterrupt
/// (whose spread is small against theirs; they are drawn independently). Differences below zero become zero. A
/// class with too few interrupts is not identified: it keeps what the profile has, and is said; a stay takes
/// the next shorter one's table. Interrupts that the guest itself kept waiting are not used, and what the host's
/// noise held up is in no table.
/// </para>
/// </remarks>
public sealed class LatenessFit
{
    /// <summary>A class with fewer interrupts keeps the profile's own table.</summary>
    public const int FewestSamples = 4 * QuantileTable.Intervals;

    private LatenessFit(
        CostProfile profile,
        ImmutableArray<LatenessClass> classes,
        VirtualDuration haltPoll,
        HostNoise? noise
    )
    {
        Profile = profile;
        Classes = classes;
        HaltPoll = haltPoll;
        IdentifiesNoise = noise is not null;
    }

    /// <summary>The profile with the fitted tables.</summary>
    public CostProfile Profile { get; }

    /// <summary>What was fitted to: running by stay, polled, blocked by depth; and those kept waiting.</summary>
    public ImmutableArray<LatenessClass> Classes { get; }

    /// <summary>The `halt_poll_ns` that told polled from blocked.</summary>
    public VirtualDuration HaltPoll { get; }

    /// <summary>The recordings have enough interruptions of the host to tell how often and how long.</summary>
    public bool IdentifiesNoise { get; }

    /// <summary>Classes that the recordings have enough interrupts of; their tables are new.</summary>
    public IEnumerable<LatenessClass> Identified =>
        Classes.Where(each => each.Path != LatenessPath.KeptWaiting && IsEnough(each));

    /// <summary>Classes whose tables are not from these recordings.</summary>
    public IEnumerable<LatenessClass> Unidentified =>
        Classes.Where(each => each.Path != LatenessPath.KeptWaiting && !IsEnough(each));

    /// <summary>
    /// Costs can be fitted to it: its latenesses count from the deadline, not from an unknown smallest one, and
    /// end where the guest's handler begins.
    /// </summary>
    public static bool CanUse(RecordedGuest guest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        return !guest.Reference.IsRelative && guest.LatenessEnd == LatenessEnd.InterruptEntry;
    }

    /// <param name="guests">Recordings from hosts of the profile's kind that <see cref="CanUse"/> accepts.</param>
    /// <param name="profile">The fixed costs.</param>
    /// <param name="haltPoll">The hosts' `halt_poll_ns`.</param>
    public static LatenessFit Of(
        IEnumerable<RecordedGuest> guests,
        CostProfile profile,
        VirtualDuration haltPoll
    )
    {
        ImmutableArray<RecordedGuest> all = [.. guests];
        ImmutableArray<LatenessClass> classes = LatenessClass.Classify(all, haltPoll);
        LatenessClass polled = classes.Single(each => each.Path == LatenessPath.Polled);
        CostDistribution interrupt = IsEnough(polled)
            ? QuantileTable.Of(NoiseFit.Without(polled), FixedCosts(LatenessPath.Polled, profile))
            : profile.TimerInterrupt;
        VirtualDuration median = QuantileTable.Median(interrupt);
        HostNoise? noise = NoiseFit.Of(all, classes);
        CostProfile fitted = profile with
        {
            TimerInterrupt = interrupt,
            IdleStates =
            [
                .. classes
                    .Where(each => each.Path == LatenessPath.Blocked)
                    .Select(each =>
                        FitDepth(each, profile, FixedCosts(each.Path, profile) + median)
                    ),
            ],
            RunningStates = FitStays(
                [.. classes.Where(each => each.Path == LatenessPath.Running && IsEnough(each))],
                profile,
                FixedCosts(LatenessPath.Running, profile) + median
            ),
            Noise = noise ?? profile.Noise,
        };
        return new LatenessFit(fitted, classes, haltPoll, noise);
    }

    /// <summary>
    /// The `halt_poll_ns` of these hosts: KVM's default, unless halts that it would have polled for ended later than
    /// a running vCPU was interrupted, by more than a context switch. Then they were blocked, and nothing polled:
    /// guests with cpuidle-haltpoll poll themselves and switch it off.
    /// </summary>
    public static VirtualDuration HaltPollOf(IEnumerable<RecordedGuest> guests, CostProfile profile)
    {
        VirtualDuration usual = VirtualDuration.FromMicroseconds(200);
        ImmutableArray<LatenessClass> classes = LatenessClass.Classify(guests, usual);
        LatenessClass running = classes.First(each => each.Path == LatenessPath.Running);
        LatenessClass polled = classes.Single(each => each.Path == LatenessPath.Polled);
        bool contradicted =
            IsEnough(running)
            && IsEnough(polled)
            && polled.Median > running.Median + profile.ContextSwitch;
        return contradicted ? VirtualDuration.Zero : usual;
    }

    /// <summary>What the path costs beside the drawn tables.</summary>
    public static VirtualDuration FixedCosts(LatenessPath path, CostProfile profile)
    {
        VirtualDuration intoGuest = profile.EntryTransition + profile.GuestInterruptEntry;
        return path switch
        {
            LatenessPath.Polled => profile.PollExit + intoGuest,
            LatenessPath.Blocked => profile.ThreadWake + profile.ContextSwitch + intoGuest,
            _ => profile.InterruptRecognition
                + profile.ExitTransition
                + profile.ExternalInterruptHandler
                + intoGuest,
        };
    }

    /// <summary>
    /// Compares recordings, those fitted to or others, with what the fitted profile draws; classes that do not
    /// occur are left out, and so are interrupts that the guest kept waiting.
    /// </summary>
    public ImmutableArray<LatenessCheck> Check(IEnumerable<RecordedGuest> guests) =>
        [
            .. LatenessClass
                .Classify(guests, HaltPoll)
                .Where(each => each.Count > 0 && each.Path != LatenessPath.KeptWaiting)
                .Select(each => LatenessCheck.Of(each, Profile)),
        ];

    private static bool IsEnough(LatenessClass each) => each.Count >= FewestSamples;

    /// <summary>A table for each stay that is identified; the first holds from zero, whichever it is.</summary>
    private static ImmutableArray<RunningState> FitStays(
        ImmutableArray<LatenessClass> identified,
        CostProfile profile,
        VirtualDuration known
    ) =>
        identified.IsEmpty
            ? profile.RunningStates
            :
            [
                .. identified.Select(
                    (each, index) =>
                        new RunningState(
                            $"running-{each.From.Nanoseconds / 1_000}us",
                            index == 0 ? VirtualDuration.Zero : each.From,
                            QuantileTable.Of(NoiseFit.Without(each), known)
                        )
                ),
            ];

    private static IdleState FitDepth(
        LatenessClass depth,
        CostProfile profile,
        VirtualDuration known
    )
    {
        IdleState own = profile.IdleStates.Last(state => state.From <= depth.From);
        return !IsEnough(depth)
            ? own with
            {
                From = depth.From,
            }
            : new IdleState(
                $"idle-{depth.From.Nanoseconds / 1_000}us",
                depth.From,
                QuantileTable.Of(NoiseFit.Without(depth), known)
            );
    }
}
