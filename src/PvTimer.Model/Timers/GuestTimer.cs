using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Timers;

/// <summary>
/// A back-end's part of a vCPU: what the guest's clock event device and its timer MSRs do. As it stands here each
/// write of IA32_TSC_DEADLINE is a VM-exit whose handler sets a timer of the host.
/// </summary>
internal class GuestTimer(IGuestTimerPort vcpu) : IStateful
{
    protected IGuestTimerPort Vcpu { get; } = vcpu;

    /// <summary>It may do what no timer may: come early, or for a deadline that is not armed.</summary>
    public virtual bool MayErr => false;

    /// <summary>Stores to a page that it shares with the host.</summary>
    public virtual long PageUpdates => 0;

    /// <summary>Of them those that crossed a cache line.</summary>
    public virtual long SplitLocks => 0;

    /// <summary>Doorbells that it rang where no dedicated CPU was there to hear them.</summary>
    public virtual long UnansweredDoorbells => 0;

    /// <summary>Exits of the processor's own timer that are no PREEMPTION_TIMER.</summary>
    public virtual long ExpiryExits => 0;

    /// <summary>The processor has what is armed: no entity of the host knows of it.</summary>
    public virtual bool HoldsTimer => false;

    /// <summary>It is the LAPIC's timer. If it is not, that never expires.</summary>
    public virtual bool IsLapics => true;

    /// <summary>Its interrupt would end a halt.</summary>
    public virtual bool CanWake => Vcpu.Lapic.CanTimerInterrupt;

    /// <summary>A write of IA32_TSC_DEADLINE does not exit.</summary>
    public virtual bool WritesWithoutExit => false;

    /// <summary>Reads of IA32_TSC_DEADLINE that did not give what the guest waits for.</summary>
    public virtual long MisreadDeadlines => 0;

    /// <summary>What IA32_TSC_DEADLINE holds.</summary>
    public virtual TscTicks Deadline => Vcpu.Lapic.TscDeadline;

    /// <summary>The guest reads IA32_TSC_DEADLINE.</summary>
    public virtual TscTicks Read() => Deadline;

    /// <summary>The guest booted before the run began: its clock event device is set up.</summary>
    public virtual void Start(VirtualTime now, IEffects effects) { }

    /// <summary>lapic_next_deadline: the guest's kernel programs its clock event device.</summary>
    /// <param name="now">When.</param>
    /// <param name="deadline">Guest TSC; 0: none.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public virtual void Program(VirtualTime now, TscTicks deadline, IEffects effects) =>
        Vcpu.WriteMsr(now, MsrIndex.Ia32TscDeadline, deadline.Value, effects);

    /// <summary>The guest's kernel is about to program its clock event device for its tick: true if it need not.</summary>
    public virtual bool TakesTick(VirtualTime now, TscTicks deadline, IEffects effects) => false;

    /// <summary>The store that <see cref="IGuestTimerPort.Store"/> began has ended.</summary>
    public virtual void Stored(VirtualTime now, TscTicks deadline, IEffects effects) { }

    /// <summary>WRMSR of IA32_TSC_DEADLINE: what it asks of the host.</summary>
    public virtual TimerRequest Write(VirtualTime now, TscTicks deadline, IEffects effects) =>
        Vcpu.Record(now, Vcpu.Lapic.WriteTscDeadline(deadline));

    /// <summary>What a write of a LAPIC register asks of the host, if it may.</summary>
    public virtual TimerRequest Admit(TimerRequest request) => request;

    /// <summary>A write of this MSR of its own is a deadline.</summary>
    public virtual bool IsDeadline(uint msr) => false;

    /// <summary>Whether this is an MSR of its own.</summary>
    public virtual bool Owns(uint msr) => false;

    /// <summary>RDMSR of one of its own.</summary>
    public virtual ulong ReadMsr(uint msr) => 0;

    /// <summary>WRMSR of one of its own.</summary>
    public virtual (MsrResult Result, TimerRequest Request) WriteMsr(
        VirtualTime now,
        uint msr,
        ulong value,
        IEffects effects
    ) => (MsrResult.GeneralProtection, TimerRequest.None);

    /// <summary>Guest mode begins.</summary>
    public virtual void Entered(VirtualTime now, IEffects effects) { }

    /// <summary>The guest executes HLT: what that asks of the host's timers.</summary>
    public virtual TimerRequest Halting() => TimerRequest.None;

    /// <summary>An interrupt of the host is taken in guest mode: what its exit asks of the host's timers.</summary>
    public virtual TimerRequest Interrupted(VirtualTime now) => TimerRequest.None;

    /// <summary>A LAPIC register was written that disarms the timer.</summary>
    public virtual void Disarmed(IEffects effects) { }

    /// <summary>The guest's TSC was set.</summary>
    public virtual void ClockChanged(IEffects effects) { }

    /// <summary>
    /// An expired timer comes for a deadline: false if it is void, because it was armed elsewhere before another one
    /// was.
    /// </summary>
    /// <param name="deadline">Its name.</param>
    /// <param name="armed">What is armed as far as the LAPIC knows.</param>
    public virtual bool Accepts(TscTicks deadline, TscTicks armed) => deadline == armed;

    /// <summary>One that is not the LAPIC's has expired: the vector that it requests; null: it is void, or has to wait.</summary>
    public virtual byte? Expire(VirtualTime now, TscTicks deadline, IEffects effects) => null;

    /// <summary>The handler of an interrupt begins.</summary>
    public virtual void HandlerBegins(byte vector) { }

    /// <summary>A handler ends: the MSR that it has to write for that; null: none.</summary>
    public virtual uint? HandlerEnds() => null;

    /// <summary>The guest's TSC was set, or has another rate: the armed deadline is due when it shows it.</summary>
    public virtual void ClockReplaced() => Vcpu.Timers.SetClock(Vcpu.Lapic.GuestTsc);

    /// <summary>The guest's TSC stood still since then.</summary>
    public virtual void ClockStopped(VirtualTime since) =>
        Vcpu.Timers.Postpone(since, Vcpu.Lapic.GuestTsc);

    /// <summary>Its VM was on its way to another host.</summary>
    public virtual void StoodStill(VirtualTime from, VirtualTime until) { }

    /// <summary>A message of its own; false if it is none.</summary>
    public virtual bool Step(VirtualTime now, Message message, IEffects effects) => false;

    /// <summary>
    /// Its VM is stopped: nothing of it may stay with the host. True if the kthread or a pCPU answers with
    /// <see cref="Messages.TimerDropped"/> when nothing does.
    /// </summary>
    public virtual bool Withdraw(IEffects effects) => false;

    /// <summary>Its VM has come to this host.</summary>
    public virtual void Arrive() { }

    /// <summary>Its VM has come from a host with another back-end: nothing of what it was at here before is true.</summary>
    public virtual void Succeed() { }

    /// <summary>KVM_SET_LAPIC and KVM_SET_MSRS are done, the thread is there again.</summary>
    /// <param name="deadline">The saved IA32_TSC_DEADLINE.</param>
    /// <param name="restored">What the restored LAPIC asks for.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public virtual void Restore(TscTicks deadline, TimerRequest restored, IEffects effects) =>
        Vcpu.Ask(restored, effects);

    /// <inheritdoc/>
    public virtual void Transfer(StateTransfer state) { }
}
