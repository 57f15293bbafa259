using System;
using System.Globalization;
using System.Threading;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Machines;

/// <summary>A physical CPU.</summary>
public sealed class PcpuHandle : ActorHandle
{
    internal PcpuHandle(int host, int index, Script script)
        : base(string.Create(CultureInfo.InvariantCulture, $"h{host}/pcpu-{index}"), script)
    {
        Host = host;
        Index = index;
    }

    /// <summary>The number of its host, from 0.</summary>
    internal int Host { get; }

    /// <summary>Its number in its host, from 0.</summary>
    public int Index { get; }

    /// <summary>Now, an SMI has it for a while; a guest in guest mode there stands still, and does not exit for it.</summary>
    /// <param name="length">More than zero.</param>
    public void Stall(VirtualDuration length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, VirtualDuration.Smallest);
        Machine.Do(new StallSettings(Machine.Now - VirtualTime.Zero, Host, Index, length));
    }

    /// <summary>Now, it is unplugged, for good. For the dedicated pCPU.</summary>
    /// <exception cref="InvalidOperationException">vCPUs run on it.</exception>
    public void GoOffline()
    {
        HostSettings host = Machine.Scenario.Host;
        if (host.TimerCpu != Index || host.TimerCpuShared)
        {
            throw new InvalidOperationException(
                $"vCPUs run on {Name}, which would take them along; accepted: a dedicated pCPU"
            );
        }
        Machine.Do(new OfflineSettings(Machine.Now - VirtualTime.Zero, Host, Index));
    }

    /// <summary>The next doorbell (part 4 of the series) arrives here.</summary>
    /// <param name="from">The pCPU that rang, on the same host; null: any.</param>
    /// <param name="at">Exactly then; null: whenever it comes.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public Ipi ExpectIpi(
        int? from = null,
        VirtualDuration? at = null,
        CancellationToken cancel = default
    )
    {
        string? ringing = from is { } pcpu
            ? string.Create(CultureInfo.InvariantCulture, $"h{Host}/pcpu-{pcpu}")
            : null;
        Ipi ipi = ExpectMsg<Ipi>(at, cancel: cancel);
        string source = Machine.NameOf(Last.Source);
        return ringing is null || source == ringing
            ? ipi
            : throw Machine.Failure(
                $"expected the next Ipi at {Name} from {ringing}; it came from {source}",
                past => Passes(Machine, past),
                Last.At
            );
    }

    /// <summary>A host's timer interrupt goes off here: an hrtimer, or the pacing timer of the scan.</summary>
    /// <param name="at">Exactly then; null: whenever it comes.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public HrtimerExpiry ExpectTimerInterrupt(
        VirtualDuration? at = null,
        CancellationToken cancel = default
    ) => ExpectMsg<HrtimerExpiry>(at, cancel: cancel);
}
