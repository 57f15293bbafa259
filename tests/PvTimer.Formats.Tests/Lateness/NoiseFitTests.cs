using System.Collections.Immutable;
using PvTimer.Formats.Lateness;
using PvTimer.Formats.Tests.Traces;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Lateness;

public class NoiseFitTests
{
    private const long Usual = 5_000;

    [Theory]
    [InlineData(1_000_000, 400_000)]
    [InlineData(200_000, 900_000)]
    public void Noise_comes_back_with_the_rate_and_the_length_it_had(long period, long length)
    {
        HostNoise noise = Fit(Interrupted(period, length, 30_000_000, 4_000_000_000))!;

        Assert.InRange(noise.Every.Nanoseconds, 21_000_000, 43_000_000);
        Assert.InRange(
            QuantileTable.Median(noise.Length).Nanoseconds,
            length * 6 / 10,
            length * 11 / 10
        );
    }

    [Fact]
    public void Too_few_interruptions_are_no_noise() =>
        Assert.Null(Fit(Interrupted(1_000_000, 400_000, 2_000_000_000, 4_000_000_000)));

    private static HostNoise? Fit(RecordedGuest guest) =>
        NoiseFit.Of([guest], LatenessClass.Classify([guest], VirtualDuration.Zero));

    /// <summary>A running vCPU with a timer every period, on a host that takes its pCPU away now and then.</summary>
    private static RecordedGuest Interrupted(long period, long length, long every, long span)
    {
        PhiloxSequence chance = new(3, 0, ChancePurpose.HostNoise);
        VirtualDuration mean = VirtualDuration.FromNanoseconds(every);
        ImmutableArray<RecordedStep>.Builder steps = ImmutableArray.CreateBuilder<RecordedStep>();
        long begin = ExponentialSampler.Draw(ref chance, mean).Nanoseconds;
        long now = 0;
        for (ulong i = 0; now < span; i++)
        {
            long deadline = now + period;
            while (begin + length < deadline)
            {
                begin += ExponentialSampler.Draw(ref chance, mean).Nanoseconds;
            }
            long entry = (begin <= deadline ? begin + length : deadline) + Usual;
            steps.Add(Step(RecordedStepKind.ProgramDeadline, now, (ulong)deadline));
            steps.Add(Step(RecordedStepKind.TimerInterrupt, entry, i));
            now = entry + 1_000;
        }
        return new RecordedGuest(
            new TscTicks(0),
            new TscTicks((ulong)now),
            TraceText.OneGigahertz,
            [steps.ToImmutable()]
        );
    }

    private static RecordedStep Step(RecordedStepKind kind, long at, ulong value) =>
        new(kind, new TscTicks((ulong)at), value);
}
