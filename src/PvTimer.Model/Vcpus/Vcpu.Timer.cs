using PvTimer.Model.Apic;
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

    int IGuestTimerPort.Index => _configuration.Index;

    EntityId IGuestTimerPort.Pcpu => _mode.Pcpu;

    HostTopology IGuestTimerPort.Host => _configuration.Host;

    Lapic IGuestTimerPort.Lapic => _lapic;

    TimerLedger IGuestTimerPort.Timers => _timers;

    bool IGuestTimerPort.InKernelLapic => _configuration.InKernelLapic;

    bool IGuestTimerPort.IsRunningHere => _standing.IsHere;

    bool IGuestTimerPort.IsAway => _standing.IsAway;

    bool IGuestTimerPort.IsInGuest => _mode.InGuest;

    void IGuestTimerPort.Deliver(VirtualTime now, IEffects effects) =>
        _run.DeliverTimer(now, effects);

    void IGuestTimerPort.DeliverAtEntry(VirtualTime now) => _emulation.Request(now);

    void IGuestTimerPort.Interrupt(IEffects effects) =>
        effects.After(
            _configuration.Host.Costs.InterruptRecognition,
            new HostInterrupt(_mode.Entry)
        );

    void IGuestTimerPort.WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects) =>
        _accesses.Write(now, msr, value, effects);

    void IGuestTimerPort.Store(VirtualDuration length, TscTicks deadline)
    {
        _msrs.CountDeadlineWrite();
        _execution.Begin(new GuestOperation(GuestOperationKind.Store, length, deadline.Value));
    }

    void IGuestTimerPort.ExitForDeadline(VirtualTime now, TimerRequest request, IEffects effects) =>
        _vmExits.ExitForMsrWrite(now, MsrIndex.Ia32TscDeadline, request, effects);

    TimerRequest IGuestTimerPort.Record(VirtualTime now, TimerRequest request) =>
        _emulation.Record(now, request);

    /// <summary>
    /// The back-end's part. What comes from a host with another one is read as that one's: its counts are kept, and the timer is
    /// armed anew from the LAPIC's registers (KVM_SET_LAPIC, KVM_SET_MSRS), as they are all that KVM saves of it.
    /// </summary>
    private void TransferTimer(StateTransfer state)
    {
        if (!_configuration.ChangesBackend)
        {
            _timer.Transfer(state);
            return;
        }
        _expiryExitsElsewhere = state.Value(_expiryExitsElsewhere);
        TimerBackend own = _configuration.Backend;
        int index = state.Value(TimerBackend.All.IndexOf(own));
        TimerBackend writer =
            index >= 0 && index < TimerBackend.All.Length
                ? TimerBackend.All[index]
                : throw state.Damaged($"{index} is no back-end");
        if (writer == own)
        {
            _timer.Transfer(state);
            return;
        }
        GuestTimer other = writer.CreateGuestTimer(this);
        other.Transfer(state);
        _expiryExitsElsewhere += other.ExpiryExits;
        _timer.Succeed();
    }

    void IGuestTimerPort.Ask(TimerRequest request, IEffects effects) =>
        _emulation.Ask(request, effects);
}
