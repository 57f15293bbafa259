using PvTimer.Model.Apic;
using PvTimer.Model.Backends;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Vcpus;

/// <content>What its timer's back-end may do with it.</content>
public sealed partial class Vcpu : IGuestTimerPort
{
    /// <summary>Those that it had on hosts where its timer was emulated otherwise.</summary>
    private long _expiryExitsElsewhere;

    int IGuestTimerPort.Index => Configuration.Index;

    int IGuestTimerPort.Vcpus => Configuration.Siblings.Length;

    EntityId IGuestTimerPort.Pcpu => Mode.Pcpu;

    HostTopology IGuestTimerPort.Host => Configuration.Host;

    Lapic IGuestTimerPort.Lapic => Lapic;

    TimerLedger IGuestTimerPort.Timers => Timers;

    bool IGuestTimerPort.InKernelLapic => Configuration.InKernelLapic;

    bool IGuestTimerPort.IsRunningHere => Standing.IsHere;

    bool IGuestTimerPort.IsAway => Standing.IsAway;

    bool IGuestTimerPort.IsInGuest => Mode.InGuest;

    void IGuestTimerPort.Deliver(VirtualTime now, IEffects effects) =>
        Run.DeliverTimer(now, effects);

    void IGuestTimerPort.DeliverAtEntry(VirtualTime now) => Emulation.Request(now);

    void IGuestTimerPort.Interrupt(IEffects effects) =>
        effects.After(Configuration.Host.Costs.InterruptRecognition, HostInterrupt.Of(Mode.Entry));

    void IGuestTimerPort.WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects) =>
        Accesses.Write(now, msr, value, effects);

    void IGuestTimerPort.Store(VirtualDuration length, TscTicks deadline)
    {
        Msrs.CountDeadlineWrite();
        Execution.Begin(new GuestOperation(GuestOperationKind.Store, length, deadline.Value));
    }

    void IGuestTimerPort.ExitForDeadline(VirtualTime now, TimerRequest request, IEffects effects) =>
        VmExits.ExitForMsrWrite(now, MsrIndex.Ia32TscDeadline, request, effects);

    TimerRequest IGuestTimerPort.Record(VirtualTime now, TimerRequest request) =>
        Emulation.Record(now, request);

    /// <summary>
    /// The back-end's part. What comes from a host with another one is read as that one's: its counts are kept, and the timer is
    /// armed anew from the LAPIC's registers (KVM_SET_LAPIC, KVM_SET_MSRS), as they are all that KVM saves of it.
    /// </summary>
    private void TransferTimer(StateTransfer state)
    {
        if (!Configuration.ChangesBackend)
        {
            Timer.Transfer(state);
            return;
        }
        _expiryExitsElsewhere = state.Value(_expiryExitsElsewhere);
        TimerBackend own = Configuration.Backend;
        int index = state.Value(TimerBackends.All.IndexOf(own));
        TimerBackend writer =
            index >= 0 && index < TimerBackends.All.Length
                ? TimerBackends.All[index]
                : throw state.Damaged($"{index} is no back-end");
        if (writer == own)
        {
            Timer.Transfer(state);
            return;
        }
        GuestTimer other = writer.CreateGuestTimer(this);
        other.Transfer(state);
        _expiryExitsElsewhere += other.ExpiryExits;
        Timer.Succeed();
    }

    void IGuestTimerPort.Ask(TimerRequest request, IEffects effects) =>
        Emulation.Ask(request, effects);
}
