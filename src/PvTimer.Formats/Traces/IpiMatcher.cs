using System.Collections.Generic;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Says which recorded IPI interrupts a recorded ICR write explains: the write's destination and vector fit.
/// </summary>
/// <remarks>
/// Pending IPIs of one vector are one bit in the target's IRR, so one entry answers all writes before it,
/// except those of the last microsecond: they may have come while this interrupt was already on its way to
/// its handler, and have one of their own. A write is recorded after it has returned from its exit; the target
/// may have been faster, so a write up to <see cref="RecordedAfterEntry"/> behind the entry explains it too. x2APIC ids are taken to be
/// Linux's CPU numbers, as they are in guests with one socket.
/// </remarks>
internal sealed class IpiMatcher(TscFrequency frequency)
{
    /// <summary>A CPU, and a vector on it.</summary>
    private readonly record struct Target(int Cpu, byte Vector);

    private readonly Dictionary<Target, Queue<TscTicks>> _writes = [];
    private readonly long _inService = frequency.CyclesIn(VirtualDuration.FromMicroseconds(1));
    private readonly long _slack = frequency.CyclesIn(RecordedAfterEntry);

    public static VirtualDuration RecordedAfterEntry { get; } =
        VirtualDuration.FromMicroseconds(10);

    /// <summary>Adds a write; writes come in the order of their times.</summary>
    public void AddWrite(TscTicks at, int sender, ulong icr, IEnumerable<int> cpus)
    {
        IpiDestination destination = new(icr);
        foreach (int cpu in cpus)
        {
            if (!destination.Includes(sender, cpu))
            {
                continue;
            }
            Target target = new(cpu, destination.Vector);
            if (!_writes.TryGetValue(target, out Queue<TscTicks>? writes))
            {
                writes = new Queue<TscTicks>();
                _writes.Add(target, writes);
            }
            writes.Enqueue(at);
        }
    }

    /// <summary>Entries of one CPU are asked about in the order of their times.</summary>
    public bool Explains(int cpu, byte vector, TscTicks at)
    {
        if (!_writes.TryGetValue(new Target(cpu, vector), out Queue<TscTicks>? writes))
        {
            return false;
        }
        bool explained = false;
        while (writes.TryPeek(out TscTicks write) && write.PlusSaturating(_inService) <= at)
        {
            writes.Dequeue();
            explained = true;
        }
        if (!explained && writes.TryPeek(out TscTicks next) && next <= at.PlusSaturating(_slack))
        {
            writes.Dequeue();
            explained = true;
        }
        return explained;
    }
}

/// <summary>The x2APIC interrupt command register (Intel SDM vol. 3A, 12.12.9).</summary>
internal readonly record struct IpiDestination(ulong Icr)
{
    private const ulong Logical = 1 << 11;
    private const int ShorthandBit = 18;
    private const uint Broadcast = uint.MaxValue;

    public byte Vector => (byte)(Icr & 0xff);

    public bool Includes(int sender, int cpu) =>
        ((Icr >> ShorthandBit) & 3) switch
        {
            1 => cpu == sender,
            2 => true,
            3 => cpu != sender,
            _ => Names((uint)(Icr >> 32), (uint)cpu),
        };

    /// <summary>Logical ids: the cluster (id / 16) above, one bit per CPU of the cluster below.</summary>
    private bool Names(uint destination, uint cpu)
    {
        if (destination == Broadcast)
        {
            return true;
        }
        return (Icr & Logical) == 0
            ? destination == cpu
            : destination >> 16 == cpu >> 4 && (destination & (1u << (int)(cpu & 15))) != 0;
    }
}
