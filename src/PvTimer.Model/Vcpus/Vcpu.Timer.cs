using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Vcpus;

/// <content>What its timer's back-end may do with it.</content>
public sealed partial class Vcpu : IGuestTimerPort
{
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

    void IGuestTimerPort.Ask(TimerRequest request, IEffects effects) =>
        _emulation.Ask(request, effects);
}
