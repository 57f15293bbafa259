using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <content>
/// An armed timer changes sides: pvtimer comes on or goes off, the dedicated CPU goes, the VM leaves or arrives.
/// </content>
internal sealed partial class PvGuestTimer
{
    /// <inheritdoc/>
    public override bool Owns(uint msr) =>
        msr == Vcpu.Host.PvTimer.EnableMsr && KvmCpuid.OffersPvTimer(Vcpu.Host);

    /// <inheritdoc/>
    public override ulong ReadMsr(uint msr) => _msr.Value;

    /// <inheritdoc/>
    public override (MsrResult Result, TimerRequest Request) WriteMsr(
        VirtualTime now,
        uint msr,
        ulong value,
        IEffects effects
    ) => Enable(now, new PvTimerMsr(value), effects);

    /// <summary>WRMSR of MSR_KVM_PV_TIMER_EN (part 1 of the series).</summary>
    private (MsrResult Result, TimerRequest Request) Enable(
        VirtualTime now,
        PvTimerMsr value,
        IEffects effects
    )
    {
        bool wellFormed = value.IsWellFormed(Vcpu.InKernelLapic, Flaws);
        if (!wellFormed || !value.IsGuestMemory)
        {
            if (wellFormed && Flaws.EnableBeforeValidation)
            {
                _msr = value;
            }
            return (MsrResult.GeneralProtection, TimerRequest.None);
        }
        bool switched = value.Enabled != _msr.Enabled;
        _msr = value;
        _usesPage = value.Enabled;
        bool armedOnPcpu = switched && value.Enabled && Vcpu.Lapic.TscDeadline != TscTicks.Zero;
        TimerRequest request = switched ? HandOver(value.Enabled, effects) : TimerRequest.None;
        RegisterPage(armedOnPcpu && request.Kind != TimerRequestKind.Cancel, effects);
        return (MsrResult.Completed, request);
    }

    private void RegisterPage(bool armedOnPcpu, IEffects effects)
    {
        if (Vcpu.Host.TimerKthread is { } kthread)
        {
            effects.Send(
                kthread,
                LineTransfer(),
                new PageRegistered(
                    Vcpu.Id,
                    _msr.Enabled,
                    Vcpu.Pcpu,
                    SharedPage.SplitsLine(_msr.Address),
                    armedOnPcpu
                )
            );
        }
    }

    /// <summary>
    /// An armed timer changes sides with the switch: into the page when pvtimer comes on, back to an hrtimer
    /// of the vCPU's own pCPU when it goes off. As posted it stays where it is (flaws 8 and 16).
    /// </summary>
    private TimerRequest HandOver(bool enabled, IEffects effects)
    {
        TscTicks armed = ArmedDeadline;
        if (!enabled)
        {
            _page.Expire = PageRequest.None;
            return Flaws.DisableLeavesTimerArmed
                ? TimerRequest.None
                : Vcpu.Lapic.WriteTscDeadline(armed);
        }
        if (Flaws.CancelSpinsAcrossCpus || _timerCpuGone || armed == TscTicks.Zero)
        {
            return TimerRequest.None;
        }
        Publish(PageRequest.Arm(armed), effects);
        return TimerRequest.Cancel;
    }

    /// <summary>
    /// The doorbell's handler has no CPU to ring: what the page holds becomes an hrtimer of this pCPU. It holds
    /// nothing if the teardown came between the guest's exchange and its exit.
    /// </summary>
    private TimerRequest TakeFromPage()
    {
        if (_page.Expire.IsNone)
        {
            return TimerRequest.None;
        }
        TscTicks deadline = ArmedDeadline;
        _page.Expire = PageRequest.None;
        return Vcpu.Lapic.WriteTscDeadline(deadline);
    }

    /// <summary>
    /// The dedicated CPU was unplugged: whatever it had, or should have found, comes back. Told again, as each
    /// page is that is registered afterwards, only what that page holds is not here yet.
    /// </summary>
    private void OnTimerCpuGone(IEffects effects)
    {
        if (Vcpu.IsAway || !_msr.Enabled)
        {
            return;
        }
        bool knew = _timerCpuGone;
        _timerCpuGone = true;
        _page.IsAbandoned = true;
        if (!Vcpu.IsRunningHere)
        {
            return;
        }
        if (!_page.Expire.IsNone)
        {
            Vcpu.Ask(TakeFromPage(), effects);
        }
        else if (!knew && Vcpu.Lapic.TscDeadline != TscTicks.Zero)
        {
            Vcpu.Ask(Vcpu.Lapic.WriteTscDeadline(Vcpu.Lapic.TscDeadline), effects);
        }
    }

    /// <summary>Off the kthread's list, behind everything that it has published, wherever it was when it did.</summary>
    public override bool Withdraw(IEffects effects)
    {
        if (Vcpu.Host.TimerKthread is not { } kthread)
        {
            return false;
        }
        effects.Send(kthread, Vcpu.Host.LongestLineTransfer, new WithdrawPage(Vcpu.Id));
        return true;
    }

    /// <inheritdoc/>
    public override void Arrive() => _timerCpuGone = false;

    /// <inheritdoc/>
    public override void Restore(TscTicks deadline, TimerRequest restored, IEffects effects)
    {
        if (!_msr.Enabled)
        {
            base.Restore(deadline, restored, effects);
        }
        else if (Vcpu.Lapic.TimerMode != LvtTimerMode.TscDeadline)
        {
            RegisterPage(armedOnPcpu: false, effects);
            base.Restore(deadline, restored, effects);
        }
        else
        {
            RestorePage(deadline, effects);
        }
    }

    /// <summary>
    /// The page is guest memory and has come along. As posted the MSR's value is ignored; fixed, it goes into
    /// the page like any other.
    /// </summary>
    private void RestorePage(TscTicks deadline, IEffects effects)
    {
        Vcpu.Lapic.NoteArmed(TscTicks.Zero);
        RegisterPage(armedOnPcpu: false, effects);
        PageRequest request =
            deadline == TscTicks.Zero || Flaws.MsrValueIgnored
                ? _page.Expire
                : PageRequest.Arm(deadline);
        if (!request.IsNone)
        {
            Publish(request, effects);
        }
        if (deadline != TscTicks.Zero)
        {
            Vcpu.Ask(Doorbell(deadline), effects);
        }
    }
}
