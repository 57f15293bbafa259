using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <content>
/// What comes from outside beside posted interrupts: devices, and the IPIs that no LAPIC register holds (NMI, INIT,
/// start-up; __apic_accept_irq).
/// </content>
public sealed partial class Vcpu
{
    private const byte NmiVector = 2;

    /// <summary>An NMI waits for the next entry.</summary>
    private bool _nmiPending;

    /// <summary>An NMI was injected; one that meets a handler is taken when it ends.</summary>
    private bool _nmiInjected;

    /// <summary>INIT came: nothing but a start-up IPI has it go on (KVM_MP_STATE_INIT_RECEIVED).</summary>
    private bool _awaitsStartUp;

    private void OnDevice(byte vector, IEffects effects)
    {
        if (_lapic.AcceptsInterrupts)
        {
            Post(vector, Device, effects);
        }
    }

    /// <summary>Userspace signals one thread after the other; the first is this one's.</summary>
    private void OnPauseVm(VirtualDuration length, IEffects effects)
    {
        VirtualDuration line = _configuration.Host.Costs.LineTransferSameSocket;
        effects.Send(_pcpu, line, new PauseThread(Id, length));
        foreach (EntityId sibling in _configuration.Siblings)
        {
            if (sibling != Id)
            {
                effects.Send(sibling, line, new PauseVcpu(length));
            }
        }
    }

    private void OnInterruptMessage(VirtualTime now, InterruptMessage signal, IEffects effects)
    {
        if (_standing == Standing.Away)
        {
            throw new InvalidOperationException("an IPI came after its vCPU had left");
        }
        Sender sender = new(signal.FromPcpu, signal.Poster);
        switch (signal.Mode)
        {
            case DeliveryMode.Nmi:
                _nmiPending = true;
                Rouse(sender, effects);
                break;
            case DeliveryMode.Init:
                Reset(now, effects);
                Rouse(sender, effects);
                break;
            case DeliveryMode.StartUp when _awaitsStartUp:
                _awaitsStartUp = false;
                Rouse(sender, effects);
                break;
            default:
                break;
        }
    }

    /// <summary>
    /// The LAPIC is reset, its timer with it, and whatever the vCPU was doing is over. The first vCPU of a VM goes
    /// on at once, the others wait for a start-up IPI.
    /// </summary>
    private void Reset(VirtualTime now, IEffects effects)
    {
        Suspend(now);
        TimerRequest request = _lapic.Reset();
        _timers.Reset(now);
        _timer.Disarmed(effects);
        _descriptor.Clear();
        Array.Clear(_requests);
        _stopped = default;
        _interrupted = default;
        _inHandler = false;
        _nmiPending = false;
        _nmiInjected = false;
        _awaitsStartUp = !_configuration.IsBootstrapProcessor;
        _configuration.Program.OnReset();
        if (IsInSystemManagement)
        {
            Schedule(now, effects);
        }
        else
        {
            _operation = default;
        }
        Ask(_timer.Admit(request), effects);
    }

    /// <summary>kvm_vcpu_kick: out of guest mode, or out of the halt.</summary>
    private void Rouse(Sender sender, IEffects effects)
    {
        if (_inGuest)
        {
            effects.Send(_pcpu, LatencyFrom(sender), new KickVcpu(Id, _entry));
            TellNotified(sender, effects);
        }
        else if (_halted && _standing != Standing.Stopped)
        {
            WakeUp(sender, effects);
        }
    }
}
