using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

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
internal readonly struct CpuHotplug(Pcpu pcpu)
{
    private readonly Pcpu _pcpu = pcpu;

    /// <summary>Who has a housekeeping CPU's timers when it is gone; null: it has none, or they are lost.</summary>
    private EntityId? Heir
    {
        get
        {
            EntityId own = _pcpu.Site.Id;
            return _pcpu.Site.Host.HousekeepingPcpu == own
                ? _pcpu.Site.Host.Pcpus.First(other => other != own)
                : null;
        }
    }

    /// <summary>Nothing happens here any more.</summary>
    public void TearDown(VirtualTime now, IEffects effects)
    {
        _pcpu.Executor.GoOffline(now);
        _pcpu.Kthread.TearDown();
        if (Heir is { } heir)
        {
            // hrtimers_cpu_dying: those of guests go to another CPU. What pvtimer has armed here is its teardown's.
            foreach (
                Hrtimer timer in _pcpu.Hrtimers.Queue.ApicTimers().Where(timer => !timer.Served)
            )
            {
                effects.Send(
                    heir,
                    _pcpu.Site.Host.LineTransfer(_pcpu.Site.Id, heir),
                    QueueTimer.Of(timer)
                );
            }
        }
        _pcpu.Hrtimers.Clear();
        _pcpu.Interrupts.Clear();
        _pcpu.TimerCpu?.TearDown(effects);
    }

    /// <summary>What still comes for a pCPU that is offline.</summary>
    public void StepOffline(Message message, IEffects effects)
    {
        switch (message)
        {
            case QueueTimer or CancelTimer or DropTimer when Heir is { } heir:
                effects.Send(heir, _pcpu.Site.Host.LineTransfer(_pcpu.Site.Id, heir), message);
                break;
            case Ipi:
                _pcpu.TimerCpu!.MissDoorbell();
                break;
            case DropTimer drop:
                _pcpu.Requests.Drop(drop.Vcpu, effects);
                break;
            default:
                break;
        }
    }
}
