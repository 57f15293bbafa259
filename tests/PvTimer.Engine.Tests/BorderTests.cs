using System;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using static PvTimer.Engine.Tests.Machines.LambdaMachine;

namespace PvTimer.Engine.Tests;

/// <summary>What a kernel checks where messages cross from one region to another.</summary>
public class BorderTests
{
    private sealed class OneBatch : IBatchLink
    {
        public WindowBatch Batch { get; } = new();

        public WindowBatch Outgoing(int peer) => Batch;

        public void Exchange() { }

        public WindowBatch Received(int peer) => Batch;
    }

    private static (Kernel Kernel, OneBatch Link) KernelSending(VirtualDuration latency)
    {
        var machine = new LambdaMachine(
            100,
            (_, _, effects) => effects.Send(new EntityId(1), latency, new Note("hello")),
            (_, _, _) => { }
        );
        var link = new OneBatch();
        var kernel = new Kernel(machine, Partition.IntoBlocks(machine, 2), region: 0, link);
        kernel.BeginWindow(VirtualTime.FromNanoseconds(10));
        return (kernel, link);
    }

    [Fact]
    public void Message_to_another_region_goes_into_its_batch()
    {
        (Kernel kernel, OneBatch link) = KernelSending(Ns(10));
        kernel.Run();
        PendingEvent sent = Assert.Single(link.Batch.Events.ToArray());
        Assert.Equal(10, sent.Key.Time.Nanoseconds);
        Assert.Equal(10, kernel.EarliestSent.Nanoseconds);
        Assert.Equal(VirtualTime.MaxValue, kernel.NextTime);
    }

    [Fact]
    public void Message_faster_than_the_declared_latency_breaks_the_run()
    {
        (Kernel kernel, _) = KernelSending(Ns(9));
        var failure = Assert.Throws<RunFailedException>(() => kernel.Run());
        Assert.Contains(
            "hello to h1/node-1 takes 9 ns; the machine declares at least 10 ns",
            failure.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, false)]
    public void Event_of_a_window_that_is_over_is_refused(long time, bool refused)
    {
        (Kernel kernel, _) = KernelSending(Ns(10));
        var pending = new PendingEvent(
            new EventKey(VirtualTime.FromNanoseconds(time), new EntityId(1), 0),
            new EntityId(0),
            new Note("from a peer")
        );
        Exception? refusal = Record.Exception(() => kernel.Accept(pending));
        Assert.Equal(refused, refusal is InvalidOperationException);
    }

    [Theory]
    [InlineData(1, 10_000_000)]
    [InlineData(2, 700)]
    [InlineData(4, 40)]
    public void Lookahead_is_the_fastest_link_that_crosses_a_border(int regions, long expected)
    {
        var machine = new RandomMachine(new(Seed: 1, Hosts: 2, UnitsPerHost: 2));
        Partition partition = Partition.IntoBlocks(machine, regions);
        Assert.Equal(expected, Lookahead.Of(machine, partition).Span.Nanoseconds);
    }

    [Fact]
    public void Latency_below_one_nanosecond_is_refused_with_its_units()
    {
        var machine = new LambdaMachine(1, (_, _, _) => { }, (_, _, _) => { }) { Latency = Ns(0) };
        var refusal = Assert.Throws<ArgumentException>(() =>
            Lookahead.Of(machine, Partition.IntoBlocks(machine, 2))
        );
        Assert.Contains("from unit 0 to unit 1 is 0 ns", refusal.Message, StringComparison.Ordinal);
    }
}
