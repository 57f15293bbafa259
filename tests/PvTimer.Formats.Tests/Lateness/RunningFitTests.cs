using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Tests.Traces;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

/// <summary>Interrupts of vCPUs in guest mode, and what tells them from others.</summary>
public class RunningFitTests
{
    private static VirtualDuration HaltPoll { get; } = VirtualDuration.FromMicroseconds(200);

    [Theory]
    [InlineData(100_000, 0)]
    [InlineData(250_000, 1)]
    [InlineData(999_999, 1)]
    [InlineData(1_000_000, 2)]
    [InlineData(4_000_000, 3)]
    public void Running_interrupts_are_classified_by_the_length_of_the_stay(long stay, int stays)
    {
        ImmutableArray<LatenessClass> classes = LatenessClass.Classify(
            [Vcpu(stay, 8_000, 5, halts: false, late: false)],
            HaltPoll
        );

        Assert.Equal(LatenessPath.Running, classes[stays].Path);
        Assert.Equal(5, classes[stays].Count);
    }

    [Fact]
    public void Fit_of_running_leaves_what_fixed_costs_and_the_timer_interrupt_do_not_explain()
    {
        // 8 000 - (50 + 300 + 150 + 200 + 120) - 500, and 20 000 the same way.
        LatenessFit fit = LatenessFit.Of(
            [
                Vcpu(100_000, 8_000, 100, halts: false, late: false),
                Vcpu(2_500_000, 20_000, 100, halts: false, late: false),
            ],
            Profiles.Round,
            HaltPoll
        );

        Assert.Equal(
            [0L, 2_000_000],
            fit.Profile.RunningStates.Select(state => state.From.Nanoseconds)
        );
        Assert.Equal(6_680, QuantileTable.Median(fit.Profile.RunningStates[0].Delay).Nanoseconds);
        Assert.Equal(18_680, QuantileTable.Median(fit.Profile.RunningStates[1].Delay).Nanoseconds);
        Assert.Equal(2, fit.Identified.Count());
        Assert.Contains(fit.Unidentified, each => each.Path == LatenessPath.Polled);
        Assert.Same(Profiles.Round.TimerInterrupt, fit.Profile.TimerInterrupt);
    }

    [Fact]
    public void Fit_predicts_running_interrupts_that_were_left_out()
    {
        LatenessFit fit = LatenessFit.Of(
            [Vcpu(100_000, 8_000, 100, halts: false, late: false)],
            Profiles.Round,
            HaltPoll
        );

        LatenessCheck check = Assert.Single(
            fit.Check([Vcpu(120_000, 8_500, 30, halts: false, late: false)])
        );

        Assert.Equal(8_000, check.Predicted.Quantile(5_000).Nanoseconds);
        Assert.Equal(8_500, check.Class.Median.Nanoseconds);
    }

    [Fact]
    public void Interrupts_that_the_guest_kept_waiting_are_counted_and_not_fitted()
    {
        LatenessFit fit = LatenessFit.Of(
            [Vcpu(100_000, 30_000, 100, halts: false, late: true)],
            Profiles.Round,
            HaltPoll
        );

        Assert.Equal(100, fit.Classes.Single(each => each.Path == LatenessPath.KeptWaiting).Count);
        Assert.Empty(fit.Identified);
        Assert.Empty(fit.Profile.RunningStates);
    }

    [Theory]
    [InlineData(1_200, 200_000)]
    [InlineData(11_000, 0)]
    public void Halts_that_end_later_than_interrupts_of_running_vcpus_were_not_polled_for(
        long late,
        long haltPoll
    )
    {
        VirtualDuration found = LatenessFit.HaltPollOf(
            [
                Vcpu(100_000, late, 100, halts: true, late: false),
                Vcpu(100_000, 2_000, 100, halts: false, late: false),
            ],
            Profiles.Round
        );

        Assert.Equal(haltPoll, found.Nanoseconds);
    }

    /// <summary>A vCPU that arms, halts or runs, and is interrupted so late; its TSC runs at 1 GHz.</summary>
    private static RecordedGuest Vcpu(long sleep, long lateness, int times, bool halts, bool late)
    {
        ImmutableArray<RecordedStep>.Builder steps = ImmutableArray.CreateBuilder<RecordedStep>();
        void Add(RecordedStepKind kind, ulong at, ulong value) =>
            steps.Add(new RecordedStep(kind, new TscTicks(at), value));
        ulong now = 1_000_000;
        for (ulong i = 0; i < (ulong)times; i++)
        {
            ulong deadline = now + (ulong)sleep;
            ulong entry = deadline + (ulong)lateness;
            Add(RecordedStepKind.ProgramDeadline, now, deadline);
            if (halts)
            {
                Add(RecordedStepKind.Halt, now, 0);
            }
            if (late)
            {
                Add(RecordedStepKind.SendIpi, deadline + 10, 0xfb);
            }
            Add(RecordedStepKind.TimerInterrupt, entry, i);
            Add(RecordedStepKind.InterruptEnd, entry + 500, 0);
            now = entry + 1_000;
        }
        return new RecordedGuest(
            new TscTicks(0),
            new TscTicks(now),
            TraceText.OneGigahertz,
            [steps.ToImmutable()]
        );
    }
}
