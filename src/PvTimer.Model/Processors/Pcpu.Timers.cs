using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <content>What the back-ends of its threads' timers may do with it.</content>
public sealed partial class Pcpu : IHostTimerPort
{
    private readonly Dictionary<TimerBackend, HostTimer> _timers = [];

    HostTopology IHostTimerPort.Host => _host;

    Hrtimer? IHostTimerPort.FindHrtimer(EntityId vcpu) =>
        _hrtimers.Find(HrtimerFunction.ApicTimer, vcpu);

    void IHostTimerPort.StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects) =>
        StartHrtimer(now, timer, effects);

    bool IHostTimerPort.CancelHrtimer(EntityId vcpu, bool served) => CancelApicTimer(vcpu, served);

    /// <summary>smp_call_function_single to the dedicated CPU; as posted also if there is none (flaw 12).</summary>
    void IHostTimerPort.RingTimerCpu(EntityId vcpu, IEffects effects)
    {
        if (_host.TimerPcpu is not { } timerPcpu)
        {
            UnansweredDoorbells++;
            return;
        }
        _ipis++;
        if (timerPcpu == Id)
        {
            effects.After(_costs.IpiSameSocket, new Ipi(vcpu));
            return;
        }
        effects.Send(timerPcpu, _host.IpiLatency(Id, timerPcpu), new Ipi(vcpu));
    }

    /// <summary>This pCPU's part of the back-end that a vCPU has.</summary>
    private HostTimer TimerOf(EntityId vcpu)
    {
        TimerBackend backend = _host.Backends[vcpu];
        if (!_timers.TryGetValue(backend, out HostTimer? timer))
        {
            timer = backend.CreateHostTimer(this);
            _timers.Add(backend, timer);
        }
        return timer;
    }

    /// <summary>A vCPU's own timer, or the one that the dedicated CPU armed for it; true if it was armed.</summary>
    private bool CancelApicTimer(EntityId vcpu, bool served)
    {
        bool armed =
            _hrtimers.Find(HrtimerFunction.ApicTimer, vcpu) is { } timer && timer.Served == served;
        if (armed)
        {
            _hrtimers.Cancel(HrtimerFunction.ApicTimer, vcpu);
        }
        return armed;
    }
}
