using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers.Paravirt;

/// <summary>
/// The guest's side of the series: enabling (part 1), reprogramming through the page (part 7), and what a
/// WRMSR of IA32_TSC_DEADLINE means while pvtimer is on (part 4).
/// </summary>
internal sealed partial class PvGuestTimer(IGuestTimerPort vcpu) : GuestTimer(vcpu)
{
    /// <summary>Where a guest keeps `pvtimer_shared_buf`, and how far apart its vCPUs' entries are.</summary>
    private const ulong PageArea = 0x10_0000;
    private const ulong PageStride = 64;

    private readonly SharedPage _page = new();

    /// <summary>`vcpu->arch.pv_timer.msr_val`: what the host believes.</summary>
    private PvTimerMsr _msr;

    /// <summary>What the guest believes: its write of the enable MSR did not fault.</summary>
    private bool _usesPage;

    /// <summary>The kthread of this host does not look at the page any more.</summary>
    private bool _timerCpuGone;
    private long _pageUpdates;
    private long _splitLocks;
    private long _misreadDeadlines;

    /// <summary>Flaw 12: there was no dedicated CPU.</summary>
    private long _unansweredDoorbells;

    /// <summary>Doorbells since the page's promise was renewed last.</summary>
    private int _doorbells;

    /// <summary>What was armed on its own pCPU because it had rung too often; null: nothing was.</summary>
    private TscTicks? _ownDeadline;

    /// <summary>It is what was asked for last: what the dedicated CPU says that it has armed was asked for before.</summary>
    private bool _ownIsLatest;

    /// <summary>When the guest first wrote its page after that was armed: the host could tell from then on.</summary>
    private VirtualTime? _ownReplacedAt;

    /// <inheritdoc/>
    public override bool MayErr => Flaws != PvTimerFlaws.None;

    /// <inheritdoc/>
    public override long PageUpdates => _pageUpdates;

    /// <inheritdoc/>
    public override long SplitLocks => _splitLocks;

    /// <inheritdoc/>
    public override long MisreadDeadlines => _misreadDeadlines;

    /// <inheritdoc/>
    public override long UnansweredDoorbells => _unansweredDoorbells;

    private PvTimerFlaws Flaws => Vcpu.Host.PvTimer.Flaws;

    /// <summary>pvtimer is on, and there is a dedicated CPU to serve it.</summary>
    private bool IsServed => _msr.Enabled && !_timerCpuGone;

    /// <inheritdoc/>
    public override void Start(VirtualTime now, IEffects effects)
    {
        if (KvmCpuid.OffersPvTimer(Vcpu.Host))
        {
            ulong address = PageArea + ((ulong)Vcpu.Index * PageStride);
            Enable(now, PvTimerMsr.Enable(address), effects);
        }
    }

    /// <inheritdoc/>
    public override bool Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case SharedPageUpdate update:
                OnSharedPageUpdate(update);
                return true;
            case TimerCpuGone:
                OnTimerCpuGone(effects);
                return true;
            default:
                return false;
        }
    }

    /// <summary>lapic_next_deadline with kvm_pv_timer_next_event (part 7 of the series).</summary>
    public override void Program(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        bool byPage =
            _usesPage
            && !_page.IsAbandoned
            && Vcpu.Lapic.TimerMode == LvtTimerMode.TscDeadline
            && Vcpu.Lapic.Enabled
            && (deadline != TscTicks.Zero || !Flaws.DisarmIsLost);
        if (!byPage)
        {
            base.Program(now, deadline, effects);
            return;
        }
        Exchange(now, deadline, effects);
        Vcpu.Store(
            Vcpu.Host.PvTimer.WeakExchange == WeakExchange.Guest
                ? VirtualDuration.Zero
                : ExchangeTime(),
            deadline
        );
    }

    /// <summary>The second half: is the next scan too late for this deadline, or the deadline too close?</summary>
    public override void Stored(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        TscTicks tooClose = Vcpu
            .Lapic.GuestTsc.At(now)
            .PlusSaturating(Vcpu.Host.PvTimer.PaddingCycles);
        bool exits = _page.IsAbandoned || deadline < _page.NextSyncTsc || deadline < tooClose;
        // A page that no kthread looks at any more asks for a disarming write, too.
        if (exits && (deadline != TscTicks.Zero || _page.IsAbandoned))
        {
            Vcpu.ExitForDeadline(now, IsServed ? Ring(deadline, effects) : TakeFromPage(), effects);
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
            Flaws.NoFairnessBetweenGuests
            || _doorbells <= PvTimerParameters.DoorbellsOf(Vcpu.Index, Vcpu.Vcpus);
        if (mayRing)
        {
            return Doorbell(deadline);
        }
        if (_page.Expire.IsNone)
        {
            // Nothing is left to ask for: the dedicated CPU has looked meanwhile, and has taken it.
            return TimerRequest.None;
        }
        TscTicks held = _page.Expire.Deadline;
        _ownDeadline = held;
        _ownReplacedAt = null;
        _ownIsLatest = true;
        Publish(PageRequest.None, effects);
        return Vcpu.Lapic.WriteTscDeadline(held);
    }

    private TimerRequest Doorbell(TscTicks deadline)
    {
        _unansweredDoorbells += Vcpu.Host.TimerPcpu is null ? 1 : 0;
        return TimerRequest.Doorbell(deadline);
    }

    /// <summary>
    /// WRMSR of IA32_TSC_DEADLINE. With pvtimer on it is a doorbell: as posted its value is ignored (flaws 3
    /// and 4), fixed the handler puts it into the page before it rings.
    /// </summary>
    public override TimerRequest Write(VirtualTime now, TscTicks deadline, IEffects effects)
    {
        if (!IsServed)
        {
            _page.Expire = PageRequest.None;
            return base.Write(now, deadline, effects);
        }
        if (Vcpu.Lapic.TimerMode != LvtTimerMode.TscDeadline || !Vcpu.Lapic.Enabled)
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
        if (_ownDeadline is not null)
        {
            _ownReplacedAt ??= now;
        }
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
            Vcpu.Timers.Disarm(visible);
        }
        else
        {
            Vcpu.Timers.Arm(deadline, Vcpu.Lapic.GuestTsc.TimeOf(deadline), visible);
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
        if (SharedPage.SplitsLine(_msr.Address))
        {
            _splitLocks++;
        }
        if (Vcpu.Host.TimerKthread is { } kthread)
        {
            effects.Send(
                kthread,
                LineTransfer(),
                SharedPageUpdate.Of(
                    Vcpu.Id,
                    PageField.ExpireTsc,
                    request.Deadline,
                    Vcpu.Pcpu,
                    request.Disarms
                )
            );
        }
    }

    private void OnSharedPageUpdate(SharedPageUpdate update)
    {
        if (Vcpu.IsAway)
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
        if (_msr.Enabled && !_ownIsLatest)
        {
            Vcpu.Lapic.NoteArmed(update.Value);
        }
    }

    /// <summary>Fixed, a deadline that is still in the page is armed as well (flaw 5).</summary>
    public override TscTicks Deadline =>
        Flaws.RdmsrSeesOnlyArmed ? Vcpu.Lapic.TscDeadline : ArmedDeadline;

    /// <inheritdoc/>
    public override TscTicks Read()
    {
        TscTicks read = Deadline;
        _misreadDeadlines += read == ArmedDeadline ? 0 : 1;
        return read;
    }

    /// <summary>What the guest programmed last and still waits for: in the page, or armed; 0 if nothing.</summary>
    private TscTicks ArmedDeadline =>
        _page.Expire.IsNone ? Vcpu.Lapic.TscDeadline : _page.Expire.Deadline;

    private VirtualDuration ExchangeTime() =>
        SharedPage.SplitsLine(_msr.Address)
            ? LineTransfer() + SharedPage.SplitLock
            : LineTransfer();

    private VirtualDuration LineTransfer() =>
        Vcpu.Host.TimerPcpu is { } timerPcpu
            ? Vcpu.Host.LineTransfer(Vcpu.Pcpu, timerPcpu)
            : Vcpu.Host.Costs.LineTransferSameSocket;

    /// <summary>
    /// As posted an old deadline is delivered, too (flaws 8 and 18). Fixed, one that was armed on its own pCPU, and
    /// replaced by the page before it was due, is void: no exit told that pCPU.
    /// </summary>
    public override bool Accepts(TscTicks deadline, TscTicks armed)
    {
        bool mayBeOld = Flaws.DisableLeavesTimerArmed || Flaws.DeliverLeavesTimerArmed;
        bool wasReplacedInPage =
            deadline == _ownDeadline
            && !_page.Expire.IsNone
            && _ownReplacedAt < Vcpu.Lapic.GuestTsc.TimeOf(deadline);
        return (mayBeOld || base.Accepts(deadline, armed)) && !wasReplacedInPage;
    }

    /// <inheritdoc/>
    public override void Disarmed(IEffects effects)
    {
        if (_usesPage && !Flaws.DisarmIsLost)
        {
            Publish(PageRequest.Disarm, effects);
        }
    }

    /// <summary>The kthread reads this vCPU's page by its clock.</summary>
    public override void ClockChanged(IEffects effects)
    {
        if (Vcpu.Host.TimerKthread is { } kthread)
        {
            effects.Send(kthread, LineTransfer(), new PageArrived(Vcpu.Id, Vcpu.Lapic.GuestTsc));
        }
    }

    /// <inheritdoc/>
    public override void Transfer(StateTransfer state)
    {
        _page.Transfer(state);
        _msr = new PvTimerMsr(state.Value(_msr.Value));
        _usesPage = state.Value(_usesPage);
        _timerCpuGone = state.Value(_timerCpuGone);
        _pageUpdates = state.Value(_pageUpdates);
        _splitLocks = state.Value(_splitLocks);
        _misreadDeadlines = state.Value(_misreadDeadlines);
        _unansweredDoorbells = state.Value(_unansweredDoorbells);
        _doorbells = state.Value(_doorbells);
        _ownDeadline = state.Optional(_ownDeadline, static (s, deadline) => s.Value(deadline));
        _ownIsLatest = state.Value(_ownIsLatest);
        _ownReplacedAt = state.Optional(_ownReplacedAt, static (s, at) => s.Value(at));
    }
}
