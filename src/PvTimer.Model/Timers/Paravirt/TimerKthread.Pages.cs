using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>Pages that come and go with their VMs.</content>
public sealed partial class TimerKthread
{
    private bool _withdrawsAfterSync;
    private bool _retired;

    /// <summary>
    /// Its CPU is unplugged. Fixed, every guest is told by the last store to its page; as posted nobody is,
    /// and deadlines wait there for good (flaw 12).
    /// </summary>
    private void OnRetire(IEffects effects)
    {
        _retired = true;
        _phase = ScanPhase.Asleep;
        _paused = false;
        _epoch++;
        foreach (PageEntry entry in _pages.Here)
        {
            TellGone(entry, effects);
        }
    }

    private void TellGone(PageEntry entry, IEffects effects)
    {
        if (entry.Enabled && !Flaws.NoFallbackWithoutTimerCpu)
        {
            effects.Send(
                entry.Vcpu,
                _host.LineTransfer(TimerPcpu, entry.Pcpu),
                TimerCpuGone.Instance
            );
        }
    }

    private void OnPageArrived(PageArrived arrived) => _pages.Add(arrived.Vcpu, arrived.Clock);

    /// <summary>
    /// The vCPU's process ends here. A synchronisation of its page that is under way is completed first, so
    /// that no result of it comes after the timer was dropped.
    /// </summary>
    private void OnWithdrawPage(EntityId vcpu, IEffects effects)
    {
        PageEntry entry = _pages[vcpu];
        if (_syncing == entry)
        {
            _withdrawsAfterSync = true;
            return;
        }
        Withdraw(entry, effects);
    }

    private void Withdraw(PageEntry entry, IEffects effects)
    {
        _pages.Remove(entry);
        effects.Send(TimerPcpu, VirtualDuration.Smallest, new DropTimer(entry.Vcpu));
    }
}
