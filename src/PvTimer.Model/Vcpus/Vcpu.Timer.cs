using PvTimer.Model.Apic;
using PvTimer.Model.Events;
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
