using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Paravirt;

/// <content>Pages that come and go with their VMs.</content>
public sealed partial class TimerKthread
{
    private bool _withdrawsAfterSync;

    private void ListPagesHere()
    {
        _here.Clear();
        _here.AddRange(_pages.Where(page => page.IsHere));
    }

    private void OnPageArrived(PageArrived arrived)
    {
        PageEntry entry = _byVcpu[arrived.Vcpu];
        entry.Clock = arrived.Clock;
        entry.IsHere = true;
        ListPagesHere();
    }

    /// <summary>
    /// The vCPU's process ends here. A synchronisation of its page that is under way is completed first, so
    /// that no result of it comes after the timer was dropped.
    /// </summary>
    private void OnWithdrawPage(EntityId vcpu, IEffects effects)
    {
        PageEntry entry = _byVcpu[vcpu];
        if (_syncing == entry)
        {
            _withdrawsAfterSync = true;
            return;
        }
        Withdraw(entry, effects);
    }

    private void Withdraw(PageEntry entry, IEffects effects)
    {
        entry.IsHere = false;
        entry.Enabled = false;
        entry.ArmedOnPcpu = false;
        entry.Page.ExpireTsc = TscTicks.Zero;
        entry.Page.NextSyncTsc = TscTicks.Zero;
        ListPagesHere();
        effects.Send(TimerPcpu, VirtualDuration.Smallest, new DropTimer(entry.Vcpu));
    }
}
