using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Tests.Traces;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

public class LatenessFitTests
{
    private static VirtualDuration HaltPoll { get; } = VirtualDuration.FromMicroseconds(200);

    [Fact]
    public void Halts_are_classified_by_the_window_that_kvm_would_have_had()
    {
        // Sleeps of 100 us: the window grows 0, 10, 20, 40, 80, 160; from then on they are polled for.
        ImmutableArray<LatenessClass> classes = LatenessClass.Classify(
            [Sleeper(100_000, 1_200, 20)],
            HaltPoll
        );

        Assert.Equal((LatenessPath.Polled, 15L), (classes[4].Path, classes[4].Count));
        Assert.Equal((LatenessPath.Blocked, 5L), (classes[5].Path, classes[5].Count));
        Assert.Equal(20, classes.Sum(each => each.Count));
    }

    [Theory]
    [InlineData(250_000, 5)]
    [InlineData(299_999, 5)]
    [InlineData(300_000, 6)]
    [InlineData(1_499_999, 6)]
    [InlineData(1_500_000, 7)]
    public void Halts_longer_than_the_largest_window_block_at_the_depth_of_their_length(
        long sleep,
        int depth
    )
    {
        ImmutableArray<LatenessClass> classes = LatenessClass.Classify(
            [Sleeper(sleep, 9_000, 3)],
            HaltPoll
        );

        Assert.Equal(3, classes[depth].Count);
        Assert.Equal(3, classes.Sum(each => each.Count));
    }

    [Fact]
    public void Fit_leaves_of_the_lateness_what_the_fixed_costs_do_not_explain()
    {
        // Polled: 1 200 - (80 + 200 + 120). Blocked: 17 000 - (1 000 + 200 + 120) - 800.
        CostProfile fitted = LatenessFit
            .Of(
                [Sleeper(100_000, 1_200, 100), Sleeper(1_000_000, 17_000, 100)],
                Profiles.Round,
                HaltPoll
            )
            .Profile;

        Assert.All(fitted.TimerInterrupt.Quantiles, each => Assert.Equal(800, each.Nanoseconds));
        Assert.Equal(
            [0L, 300_000, 1_500_000],
            fitted.IdleStates.Select(state => state.From.Nanoseconds)
        );
        Assert.All(
            fitted.IdleStates[1].Wake.Quantiles,
            each => Assert.Equal(14_380, each.Nanoseconds)
        );
    }

    [Fact]
    public void Fit_keeps_the_profiles_own_table_where_it_has_too_few_interrupts()
    {
        CostProfile fitted = LatenessFit
            .Of(
                [Sleeper(1_000_000, 17_000, LatenessFit.FewestSamples - 1)],
                Profiles.Round,
                HaltPoll
            )
            .Profile;

        Assert.Same(Profiles.Round.TimerInterrupt, fitted.TimerInterrupt);
        Assert.All(
            fitted.IdleStates,
            state => Assert.Same(Profiles.Round.IdleStates[0].Wake, state.Wake)
        );
    }

    [Fact]
    public void Fit_to_three_recordings_predicts_every_class_they_have_plenty_of()
    {
        RecordedGuest[] guests =
        [
            RealTrace.Guest("cyclictest-1ms"),
            RealTrace.Guest("nanosleep-100us"),
            RealTrace.Guest("idle"),
        ];
        LatenessFit fit = LatenessFit.Of(guests, Profiles.Round, HaltPoll);

        LatenessCheck[] checks =
        [
            .. fit.Check(guests).Where(each => each.Class.Path != LatenessPath.Running),
        ];
        Assert.Equal(4, checks.Length);
        Assert.All(checks, check => Assert.InRange(check.Class.Count, 500, long.MaxValue));
        Assert.All(checks, check => Assert.InRange(check.Distance, 0, 0.05));
    }

    /// <summary>A vCPU that arms, halts and is woken so many nanoseconds late; its TSC runs at 1 GHz.</summary>
    private static RecordedGuest Sleeper(long sleep, long late, int times)
    {
        ImmutableArray<RecordedStep>.Builder steps = ImmutableArray.CreateBuilder<RecordedStep>();
        void Add(RecordedStepKind kind, ulong at, ulong value) =>
            steps.Add(new RecordedStep(kind, new TscTicks(at), value));
        ulong now = 1_000_000;
        for (ulong i = 0; i < (ulong)times; i++)
        {
            ulong deadline = now + (ulong)sleep;
            ulong entry = deadline + (ulong)late;
            Add(RecordedStepKind.ProgramDeadline, now, deadline);
            Add(RecordedStepKind.Halt, now, 0);
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
