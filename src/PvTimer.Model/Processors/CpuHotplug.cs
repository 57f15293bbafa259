using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <summary>
/// CPU hotplug: a pCPU that is unplugged, and what still comes for it.
/// <code>
///   offline, fixed                  kthread                        vCPU
///   teardown on the dying CPU --->  Retire: off the scan list
///                                   TimerCpuGone ----------------> next_sync_tsc = the highest value;
///                                                                  what is in the page or armed goes to an
///                                                                  hrtimer of its own pCPU
///   from then on every deadline exits, and WRMSR is handled as without pvtimer
/// </code>
/// As posted nothing is torn down: what is armed here or in a page is lost, and doorbells are not answered.
/// </summary>
internal sealed class CpuHotplug(
    PcpuSite site,
    CpuHrtimers hrtimers,
    HostExecutor executor,
    BoundKthread kthread,
    InterruptController interrupts,
    TimerRequests requests,
    TimerCpu? timerCpu
)
{
    private readonly PcpuSite _site = site;
    private readonly CpuHrtimers _hrtimers = hrtimers;
    private readonly HostExecutor _executor = executor;
    private readonly BoundKthread _kthread = kthread;
    private readonly InterruptController _interrupts = interrupts;
    private readonly TimerRequests _requests = requests;
    private readonly TimerCpu? _timerCpu = timerCpu;

    /// <summary>Who has a housekeeping CPU's timers when it is gone; null: it has none, or they are lost.</summary>
    private EntityId? Heir =>
        _site.Host.HousekeepingPcpu == _site.Id
            ? _site.Host.Pcpus.First(pcpu => pcpu != _site.Id)
            : null;

    /// <summary>Nothing happens here any more.</summary>
    public void TearDown(VirtualTime now, IEffects effects)
    {
        _executor.GoOffline(now);
        _kthread.TearDown();
        if (Heir is { } heir)
        {
            // hrtimers_cpu_dying: those of guests go to another CPU. What pvtimer has armed here is its teardown's.
            foreach (Hrtimer timer in _hrtimers.Queue.ApicTimers().Where(timer => !timer.Served))
            {
                effects.Send(heir, _site.Host.LineTransfer(_site.Id, heir), new QueueTimer(timer));
            }
        }
        _hrtimers.Clear();
        _interrupts.Clear();
        _timerCpu?.TearDown(effects);
    }

    /// <summary>What still comes for a pCPU that is offline.</summary>
    public void StepOffline(Message message, IEffects effects)
    {
        switch (message)
        {
            case QueueTimer or CancelTimer or DropTimer when Heir is { } heir:
                effects.Send(heir, _site.Host.LineTransfer(_site.Id, heir), message);
                break;
            case Ipi:
                _timerCpu!.MissDoorbell();
                break;
            case DropTimer drop:
                _requests.Drop(drop.Vcpu, effects);
                break;
            default:
                break;
        }
    }
}
