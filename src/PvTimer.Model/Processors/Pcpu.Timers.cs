using System;
using System.Collections.Immutable;
using System.Linq;
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
    private readonly ImmutableArray<(TimerBackend Backend, HostTimer Timer)> _timers;

    HostTopology IHostTimerPort.Host => _host;

    Hrtimer? IHostTimerPort.FindHrtimer(EntityId vcpu) =>
        _hrtimers.Find(HrtimerFunction.ApicTimer, vcpu);

    void IHostTimerPort.StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects) =>
        StartHrtimer(now, timer, effects);

    bool IHostTimerPort.CancelHrtimer(EntityId vcpu, bool served) => CancelApicTimer(vcpu, served);

    VirtualDuration IHostTimerPort.DrawTimerInterrupt() =>
        _costs.TimerInterrupt.Draw(ref _interruptChance);

    void IHostTimerPort.SendIpi(EntityId pcpu, Message message, IEffects effects)
    {
        _ipis++;
        if (pcpu == Id)
        {
            effects.After(_costs.IpiSameSocket, message);
            return;
        }
        effects.Send(pcpu, _host.IpiLatency(Id, pcpu), message);
    }

    /// <summary>What vCPUs and other pCPUs ask of the timers here; false: the message is about something else.</summary>
    private bool StepTimer(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case ProgramTimer program:
                OnProgramTimer(now, program, effects);
                return true;
            case CancelTimer cancel:
                CancelApicTimer(cancel.Vcpu, cancel.Served);
                return true;
            case DropTimer drop:
                OnDropTimer(drop.Vcpu, effects);
                return true;
            case QueueTimer queue:
                StartHrtimer(now, queue.Timer, effects);
                return true;
            case PreemptionTimerZero zero:
                OnPreemptionTimerZero(now, zero, effects);
                return true;
            default:
                return false;
        }
    }

    /// <summary>In guest mode it exits; otherwise its next entry finds it.</summary>
    private void OnPreemptionTimerZero(VirtualTime now, PreemptionTimerZero zero, IEffects effects)
    {
        if (
            !_threads.TryGetValue(zero.Vcpu, out VcpuThread? thread)
            || thread.CountsDownTo != zero.Due
        )
        {
            return;
        }
        thread.CountsDownTo = null;
        bool isIn =
            thread == _current
            && _activity == Activity.Guest
            && thread.InHardware?.Expires == zero.Due;
        if (isIn)
        {
            VirtualDuration untilInGuest = _inGuestFrom - now + VirtualDuration.Smallest;
            effects.Send(
                zero.Vcpu,
                VirtualDuration.Max(_costs.InterruptRecognition, untilInGuest),
                new PreemptionTimerExit(thread.Entry)
            );
        }
    }

    /// <summary>This pCPU's part of the back-end that a vCPU has.</summary>
    private HostTimer TimerOf(EntityId vcpu) =>
        FindTimer(vcpu)
        ?? throw new InvalidOperationException($"vCPU {vcpu} is never on this host");

    private HostTimer? FindTimer(EntityId vcpu) =>
        _host.Backends.TryGetValue(vcpu, out TimerBackend? backend)
            ? _timers.First(one => one.Backend == backend).Timer
            : null;

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
