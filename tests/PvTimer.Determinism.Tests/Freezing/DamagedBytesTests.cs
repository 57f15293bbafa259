using System;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>
/// Bytes that are not what was written: they are refused with one kind of exception, or hold another state
/// of the same shape. They never take down the process, and never make it allocate more than they could hold.
/// </summary>
public class DamagedBytesTests
{
    private const long MostAllocated = 1 << 20;

    private static readonly MachineDescription Description = new(
        Seed: 5,
        VirtualDuration.FromMilliseconds(2),
        [SmallMachine.Host("h0")],
        [SmallMachine.Vm("vm", host: 0)],
        new PvTimerParameters(),
        []
    );

    private static readonly byte[] Intact = SequentialEngine.FreezeAt(
        EmulatedMachine.Build(Description),
        VirtualTime.FromNanoseconds(777_777)
    );

    [Fact]
    public void Every_truncation_is_refused()
    {
        for (int length = 0; length < Intact.Length; length++)
        {
            byte[] cut = Intact[..length];
            Assert.Throws<StateFormatException>(() => Thaw(cut));
        }
    }

    [Fact]
    public void Every_flipped_bit_is_refused_or_is_another_state()
    {
        int refused = 0;
        for (int bit = 0; bit < Intact.Length * 8; bit++)
        {
            byte[] flipped = [.. Intact];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            long before = GC.GetAllocatedBytesForCurrentThread();
            refused += IsRefused(flipped) ? 1 : 0;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(allocated, 0, MostAllocated);
        }
        Assert.InRange(refused, Intact.Length, Intact.Length * 8);
    }

    [Fact]
    public void Random_bytes_after_a_true_header_are_refused()
    {
        Random random = new(1);
        for (int attempt = 0; attempt < 5_000; attempt++)
        {
            byte[] bytes = [.. Intact];
            random.NextBytes(bytes.AsSpan(random.Next(16, bytes.Length - 40)));
            Assert.True(IsRefused(bytes));
        }
    }

    [Fact]
    public void Intact_bytes_are_taken() => Assert.False(IsRefused(Intact));

    [Fact]
    public void Bytes_too_many_are_refused() =>
        Assert.Throws<StateFormatException>(() => Thaw([.. Intact, 0]));

    [Fact]
    public void Refusal_says_where_and_what()
    {
        byte[] foreign = [.. Intact];
        foreign[7] = 9;
        var refusal = Assert.Throws<StateFormatException>(() => Thaw(foreign));
        Assert.Equal("frozen state, byte 8: format version 9; accepted: 2", refusal.Message);
    }

    private static bool IsRefused(byte[] bytes)
    {
        try
        {
            Thaw(bytes);
            return false;
        }
        catch (StateFormatException)
        {
            return true;
        }
    }

    private static void Thaw(byte[] bytes)
    {
        EmulatedMachine machine = EmulatedMachine.Build(Description);
        Partition whole = Partition.IntoBlocks(machine, regions: 1);
        _ = new Kernel(machine, whole, region: 0, from: new Resumption([bytes]));
    }
}
