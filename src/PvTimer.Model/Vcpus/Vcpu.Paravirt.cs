using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>
/// The guest's side of the series: enabling (part 1), reprogramming through the page (part 7), and what a
/// WRMSR of IA32_TSC_DEADLINE means while pvtimer is on (part 4).
/// </content>
public sealed partial class Vcpu
{
    /// <summary>Where a guest keeps `pvtimer_shared_buf`, and how far apart its vCPUs' entries are.</summary>
    private const ulong PageArea = 0x10_0000;
    private const ulong PageStride = 64;

    /// <summary>`vcpu->arch.pv_timer.msr_val`: what the host believes.</summary>
    private PvTimerMsr _pvTimerMsr;

    /// <summary>What the guest believes: its write of the enable MSR did not fault.</summary>
    private bool _usesPage;

    /// <summary>Nobody on this host looks at the page any more.</summary>
    private bool _timerCpuGone;
    private long _pageUpdates;
    private long _splitLocks;

    /// <summary>Doorbells since the page's promise was renewed last.</summary>
    private int _doorbells;

    /// <summary>What was armed on its own pCPU because it had rung too often; null: nothing was.</summary>
    private TscTicks? _ownDeadline;

    /// <summary>It is what was asked for last: what the dedicated CPU says that it has armed was asked for before.</summary>
    private bool _ownIsLatest;

    /// <summary>When the guest wrote its page last.</summary>
    private VirtualTime _exchangedAt;

    private PvTimerFlaws Flaws => _configuration.Host.PvTimer.Flaws;

    private bool IsOffered => KvmCpuid.Features(_configuration.Host, _configuration.Backend) != 0;

    /// <summary>WRMSR of MSR_KVM_PV_TIMER_EN (part 1 of the series).</summary>
    private (MsrResult Result, TimerRequest Request) EnablePvTimer(
        VirtualTime now,
        PvTimerMsr value,
        IEffects effects
    )
    {
        bool wellFormed = value.IsWellFormed(_configuration.InKernelLapic, Flaws);
        if (!wellFormed || !value.IsGuestMemory)
        {
            if (wellFormed && Flaws.EnableBeforeValidation)
            {
                _pvTimerMsr = value;
            }
            return (MsrResult.GeneralProtection, TimerRequest.None);
        }
        bool switched = value.Enabled != _pvTimerMsr.Enabled;
        _pvTimerMsr = value;
        _usesPage = value.Enabled;
        bool armedOnPcpu = switched && value.Enabled && _lapic.TscDeadline != TscTicks.Zero;
        TimerRequest request = switched ? HandOver(value.Enabled, effects) : TimerRequest.None;
        RegisterPage(armedOnPcpu && request.Kind != TimerRequestKind.Cancel, effects);
        return (MsrResult.Completed, request);
    }

    /// <summary>The kthread reads this vCPU's page by its clock.</summary>
    private void TellClock(IEffects effects)
    {
        if (_configuration.Host.TimerKthread is { } kthread && HasPage)
        {
            effects.Send(kthread, LineTransfer(), new PageArrived(Id, _lapic.GuestTsc));
        }
    }

    private void RegisterPage(bool armedOnPcpu, IEffects effects)
    {
        if (_configuration.Host.TimerKthread is { } kthread)
        {
            effects.Send(
                kthread,
                LineTransfer(),
                new PageRegistered(
                    Id,
                    _pvTimerMsr.Enabled,
                    _pcpu,
                    SharedPage.SplitsLine(_pvTimerMsr.Address),
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
                : _lapic.WriteTscDeadline(armed);
        }
        if (Flaws.CancelSpinsAcrossCpus || _timerCpuGone || armed == TscTicks.Zero)
        {
            return TimerRequest.None;
        }
        Publish(PageRequest.Arm(armed), effects);
        return TimerRequest.Cancel;
    }

    /// <summary>lapic_next_deadline with kvm_pv_timer_next_event (part 7 of the series).</summary>
    private void ProgramClockEvent(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        bool byPage =
            _usesPage
            && !_page.IsAbandoned
            && _lapic.TimerMode == LvtTimerMode.TscDeadline
            && _lapic.Enabled
            && (deadline != TscTicks.Zero || !Flaws.DisarmIsLost);
        if (!byPage)
        {
            WriteMsr(now, MsrIndex.Ia32TscDeadline, deadline.Value, effects);
            return;
        }
        _deadlineWrites++;
        Exchange(now, deadline, effects);
        _operation = new Operation(
            OperationKind.Exchange,
            _configuration.Host.PvTimer.WeakExchange == WeakExchange.Guest
                ? VirtualDuration.Zero
                : ExchangeTime(),
            deadline.Value
        );
    }

    /// <summary>The second half: is the next scan too late for this deadline, or the deadline too close?</summary>
    private void LookAtNextSync(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        TscTicks tooClose = _lapic
            .GuestTsc.At(now)
            .PlusSaturating(_configuration.Host.PvTimer.PaddingCycles);
        bool exits = _page.IsAbandoned || deadline < _page.NextSyncTsc || deadline < tooClose;
        // A page that nobody looks at any more asks for a disarming write, too.
        if (exits && (deadline != TscTicks.Zero || _page.IsAbandoned))
        {
            Exit(
                now,
                VmExitReason.MsrWrite,
                MsrIndex.Ia32TscDeadline,
                IsServed ? Ring(deadline, effects) : TakeFromPage(),
                null,
                effects
            );
        }
    }

    /// <summary>
    /// The doorbell's handler. Fixed (flaw 17), one that rings too often is answered here: what its page holds
    /// becomes an hrtimer of this pCPU, and the dedicated CPU has time for others.
    /// </summary>
    private TimerRequest Ring(TscTicks deadline, IEffects effects)
    {
        _doorbells++;
        bool mayRing =
            Flaws.NoFairnessBetweenGuests || _doorbells <= PvTimerParameters.DoorbellsPerPromise;
        if (mayRing || _page.Expire.IsNone)
        {
            return TimerRequest.Doorbell(deadline);
        }
        TscTicks held = _page.Expire.Deadline;
        _ownDeadline = held;
        _ownIsLatest = true;
        Publish(PageRequest.None, effects);
        return _lapic.WriteTscDeadline(held);
    }

    /// <summary>
    /// Armed on its own pCPU, and the guest has asked for another one by its page before it was due: no exit told
    /// that pCPU.
    /// </summary>
    private bool WasReplacedInPage(TscTicks deadline) =>
        deadline == _ownDeadline
        && !_page.Expire.IsNone
        && _exchangedAt < _lapic.GuestTsc.TimeOf(deadline);

    /// <summary>pvtimer is on, and there is a dedicated CPU to serve it.</summary>
    private bool IsServed => _pvTimerMsr.Enabled && !_timerCpuGone;

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
        return _lapic.WriteTscDeadline(deadline);
    }

    /// <summary>
    /// The dedicated CPU was unplugged: whatever it had, or should have found, comes back. Told again, as each
    /// page is that is registered afterwards, only what that page holds is not here yet.
    /// </summary>
    private void OnTimerCpuGone(IEffects effects)
    {
        if (_standing == Standing.Away || !_pvTimerMsr.Enabled)
        {
            return;
        }
        bool knew = _timerCpuGone;
        _timerCpuGone = true;
        _page.IsAbandoned = true;
        if (_standing != Standing.Here)
        {
            return;
        }
        if (!_page.Expire.IsNone)
        {
            Ask(TakeFromPage(), effects);
        }
        else if (!knew && _lapic.TscDeadline != TscTicks.Zero)
        {
            Ask(_lapic.WriteTscDeadline(_lapic.TscDeadline), effects);
        }
    }

    /// <summary>
    /// WRMSR of IA32_TSC_DEADLINE. With pvtimer on it is a doorbell: as posted its value is ignored (flaws 3
    /// and 4), fixed the handler puts it into the page before it rings.
    /// </summary>
    private TimerRequest WriteTscDeadline(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        if (!IsServed)
        {
            _page.Expire = PageRequest.None;
            return Record(now, _lapic.WriteTscDeadline(deadline));
        }
        if (_lapic.TimerMode != LvtTimerMode.TscDeadline || !_lapic.Enabled)
        {
            return TimerRequest.None;
        }
        bool ignored = deadline == TscTicks.Zero ? Flaws.DisarmIsLost : Flaws.MsrValueIgnored;
        if (ignored)
        {
            Expect(now, deadline);
        }
        else
        {
            Exchange(now, deadline, effects);
        }
        return Ring(deadline, effects);
    }

    private void Exchange(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        _exchangedAt = now;
        Expect(now, deadline);
        Publish(PageRequest.Of(deadline), effects);
    }

    /// <summary>What the guest is entitled to from now on.</summary>
    private void Expect(VirtualTime now, TscTicks deadline)
    {
        // The host cannot know before the store has reached it: what is due until then is on its way.
        VirtualTime visible = now + LineTransfer();
        if (deadline == TscTicks.Zero)
        {
            _timers.Disarm(visible);
        }
        else
        {
            _timers.Arm(deadline, _lapic.GuestTsc.TimeOf(deadline), visible);
        }
    }

    private void Publish(PageRequest request, IEffects effects)
    {
        _page.Expire = request;
        _ownIsLatest &= request.IsNone;
        if (request.IsDeadline && request.Deadline == _ownDeadline)
        {
            // Asked for anew, it is the page's again.
            _ownDeadline = null;
        }
        _pageUpdates++;
        if (SharedPage.SplitsLine(_pvTimerMsr.Address))
        {
            _splitLocks++;
        }
        if (_configuration.Host.TimerKthread is { } kthread)
        {
            effects.Send(
                kthread,
                LineTransfer(),
                new SharedPageUpdate(
                    Id,
                    PageField.ExpireTsc,
                    request.Deadline,
                    _pcpu,
                    request.Disarms
                )
            );
        }
    }

    private void OnSharedPageUpdate(SharedPageUpdate update)
    {
        if (_standing == Standing.Away)
        {
            return;
        }
        if (update.Field == PageField.NextSyncTsc)
        {
            _doorbells = _page.NextSyncTsc == update.Value ? _doorbells : 0;
            _page.NextSyncTsc = update.Value;
            _page.IsAbandoned = _timerCpuGone;
            return;
        }
        if (_page.Expire == update.Request())
        {
            _page.Expire = PageRequest.None;
        }
        if (_pvTimerMsr.Enabled && !_ownIsLatest)
        {
            _lapic.NoteArmed(update.Value);
        }
    }

    /// <summary>RDMSR: fixed, a deadline that is still in the page is armed as well (flaw 5).</summary>
    private TscTicks ReadTscDeadline() =>
        Flaws.RdmsrSeesOnlyArmed ? _lapic.TscDeadline : ArmedDeadline;

    /// <summary>What the guest programmed last and still waits for: in the page, or armed; 0 if nothing.</summary>
    private TscTicks ArmedDeadline =>
        _page.Expire.IsNone ? _lapic.TscDeadline : _page.Expire.Deadline;

    private VirtualDuration ExchangeTime() =>
        SharedPage.SplitsLine(_pvTimerMsr.Address)
            ? LineTransfer() + SharedPage.SplitLock
            : LineTransfer();

    private VirtualDuration LineTransfer() =>
        _configuration.Host.TimerPcpu is { } timerPcpu
            ? _configuration.Host.LineTransfer(_pcpu, timerPcpu)
            : _configuration.Host.Costs.LineTransferSameSocket;
}
