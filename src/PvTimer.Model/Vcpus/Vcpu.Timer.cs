using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>What its timer's back-end may do with it.</content>
public sealed partial class Vcpu : IGuestTimerPort
{
    int IGuestTimerPort.Index => _configuration.Index;

    EntityId IGuestTimerPort.Pcpu => _pcpu;

    HostTopology IGuestTimerPort.Host => _configuration.Host;

    Lapic IGuestTimerPort.Lapic => _lapic;

    TimerLedger IGuestTimerPort.Timers => _timers;

    bool IGuestTimerPort.InKernelLapic => _configuration.InKernelLapic;

    bool IGuestTimerPort.IsRunningHere => _standing == Standing.Here;

    bool IGuestTimerPort.IsAway => _standing == Standing.Away;

    bool IGuestTimerPort.IsInGuest => _inGuest;

    void IGuestTimerPort.Deliver(VirtualTime now, IEffects effects)
    {
        Suspend(now);
        RequestTimer(now);
        Run(now, effects);
    }

    void IGuestTimerPort.DeliverAtEntry(VirtualTime now) => RequestTimer(now);

    void IGuestTimerPort.Interrupt(IEffects effects) =>
        effects.After(_configuration.Host.Costs.InterruptRecognition, new HostInterrupt(_entry));

    private void RequestTimer(VirtualTime now)
    {
        if (AcceptTimer(now, _lapic.TscDeadline, null))
        {
            _lapic.Request(_lapic.TimerVector);
        }
    }

    void IGuestTimerPort.WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects) =>
        WriteMsr(now, msr, value, effects);

    void IGuestTimerPort.Store(VirtualDuration length, TscTicks deadline)
    {
        _deadlineWrites++;
        _operation = new Operation(OperationKind.Store, length, deadline.Value);
    }

    void IGuestTimerPort.ExitForDeadline(VirtualTime now, TimerRequest request, IEffects effects) =>
        Exit(now, VmExitReason.MsrWrite, MsrIndex.Ia32TscDeadline, request, null, effects);

    TimerRequest IGuestTimerPort.Record(VirtualTime now, TimerRequest request) =>
        Record(now, request);

    void IGuestTimerPort.Ask(TimerRequest request, IEffects effects) => Ask(request, effects);
}
