using System;
using System.IO;
using Akka.Remote;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>A machine with far too much to do has silent processes that are not dead.</summary>
public sealed class PatientDetectorTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private readonly SteppedClock _clock = new();

    [Theory]
    [InlineData("0.10 0.10 0.10 1/80 27355", 3, true)]
    [InlineData("0.10 0.10 0.10 1/80 27355", 4.5, false)]
    [InlineData("0.10 0.10 0.10 64/900 27355", 11, true)]
    [InlineData("0.10 0.10 0.10 64/900 27355", 13.5, false)]
    [InlineData("64.00 0.10 0.10 1/900 27355", 11, true)]
    [InlineData("9999.00 0.10 0.10 9999/9999 27355", 23, true)]
    [InlineData("9999.00 0.10 0.10 9999/9999 27355", 26, false)]
    public void Silence_means_something_later_the_more_there_is_to_do(
        string load,
        double seconds,
        bool isAvailable
    )
    {
        PatientDetector detector = Detector(() => load);
        for (int beat = 0; beat < 20; beat++)
        {
            detector.HeartBeat();
            _clock.Step(TimeSpan.FromMilliseconds(250));
        }
        _clock.Step(TimeSpan.FromSeconds(seconds - 0.25));
        Assert.True(detector.IsMonitoring);
        Assert.Equal(isAvailable, detector.IsAvailable);
        detector.HeartBeat();
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void Node_that_has_not_been_heard_yet_is_not_suspected()
    {
        PatientDetector detector = Detector(() => "0.10 0.10 0.10 1/80 27355");
        _clock.Step(TimeSpan.FromMinutes(1));
        Assert.False(detector.IsMonitoring);
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void Load_that_cannot_be_read_any_more_is_what_it_was()
    {
        bool isReadable = true;
        MachineLoad load = new(
            2,
            () => isReadable ? "0.10 0.10 0.10 64/900 1" : throw new IOException("no descriptor"),
            _clock
        );
        Assert.Equal(4, load.Slowness);
        isReadable = false;
        _clock.Step(TimeSpan.FromMinutes(1));
        Assert.Equal(4, load.Slowness);
    }

    [Fact]
    public void Load_that_is_gone_is_forgotten_in_seconds()
    {
        string text = "0.10 0.10 0.10 64/900 1";
        MachineLoad load = new(2, () => text, _clock);
        Assert.Equal(4, load.Slowness);
        text = "0.10 0.10 0.10 1/900 1";
        _clock.Step(TimeSpan.FromSeconds(1));
        Assert.InRange(load.Slowness, 3, 3.5);
        _clock.Step(TimeSpan.FromSeconds(10));
        Assert.Equal(1, load.Slowness);
    }

    private PatientDetector Detector(Func<string> load) =>
        new(
            new PhiAccrualFailureDetector(
                8,
                1_000,
                TimeSpan.FromMilliseconds(100),
                Pause,
                TimeSpan.FromMilliseconds(250),
                () => _clock.GetTimestamp() / TimeSpan.TicksPerMillisecond
            ),
            Pause,
            new MachineLoad(2, load, _clock),
            _clock
        );

    private sealed class SteppedClock : TimeProvider
    {
        private long _now = TimeSpan.TicksPerHour;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Step(TimeSpan span) => _now += span.Ticks;
    }
}
