using System.Globalization;
using System.Threading;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Machines;

/// <summary>The timer kthread of a host, on its dedicated pCPU.</summary>
public sealed class KthreadHandle : ActorHandle
{
    internal KthreadHandle(int host, Script script)
        : base(string.Create(CultureInfo.InvariantCulture, $"h{host}/timer-kthread"), script) { }

    /// <summary>The next scan begins.</summary>
    /// <param name="at">Exactly then; null: whenever it does.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public ScanTick ExpectScan(VirtualDuration? at = null, CancellationToken cancel = default) =>
        ExpectMsg<ScanTick>(at, cancel: cancel);

    /// <summary>A store to a vCPU's page becomes visible to the host.</summary>
    /// <param name="of">Whose page; null: any.</param>
    /// <param name="at">Exactly then; null: whenever it does.</param>
    /// <param name="cancel">Ends the wait early.</param>
    public SharedPageUpdate ExpectPageUpdate(
        VcpuHandle? of = null,
        VirtualDuration? at = null,
        CancellationToken cancel = default
    )
    {
        if (of is not null)
        {
            ThrowIfOther(of);
        }
        return ExpectMsg<SharedPageUpdate>(
            at,
            where: update => of is null || of.Is(Machine, update.Vcpu),
            cancel: cancel
        );
    }
}
