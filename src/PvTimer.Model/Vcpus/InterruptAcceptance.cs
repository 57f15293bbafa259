using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// What comes to a vCPU from the host and from other vCPUs (__apic_accept_irq): posted interrupts, expired timers among
/// them, and the IPIs that no LAPIC register holds (NMI, INIT, start-up).
/// </summary>
internal readonly struct InterruptAcceptance(Vcpu vcpu)
{
    private readonly Vcpu _vcpu = vcpu;

    public void OnPostedInterrupt(VirtualTime now, PostedInterrupt posted, IEffects effects)
    {
        if (_vcpu.Standing.IsAway)
        {
            // A timer that was dropped is in what was saved; of an IPI nothing would be left.
            _ =
                posted.Deadline
                ?? throw new InvalidOperationException("an IPI came after its vCPU had left");
            return;
        }
        byte? accepted =
            posted.Deadline is { } deadline
                ? _vcpu.Emulation.Expire(now, deadline, posted.Next, effects)
            : _vcpu.Lapic.AcceptsInterrupts ? posted.Vector
            : null;
        if (accepted is { } vector)
        {
            if (posted.Deadline is not null && _vcpu.Configuration.HasApicv)
            {
                _vcpu.Emulation.CountPosted();
            }
            _vcpu.Delivery.Post(
                vector,
                new InterruptSender(posted.FromPcpu, posted.Poster),
                effects,
                isTimer: posted.Deadline is not null,
                isLevel: posted.IsLevel
            );
        }
    }

    public void OnInterruptMessage(VirtualTime now, InterruptMessage signal, IEffects effects)
    {
        if (_vcpu.Standing.IsAway)
        {
            throw new InvalidOperationException("an IPI came after its vCPU had left");
        }
        if (!_vcpu.Lapic.Enabled)
        {
            // It is in no map of KVM's (kvm_apic_present): nothing reaches it.
            return;
        }
        InterruptSender sender = new(signal.FromPcpu, signal.Poster);
        switch (signal.Mode)
        {
            case DeliveryMode.Nmi:
                _vcpu.Signals.RaiseNmi();
                _vcpu.Delivery.Rouse(sender, effects);
                break;
            case DeliveryMode.Init:
                Reset(now, effects);
                _vcpu.Delivery.Rouse(sender, effects);
                break;
            case DeliveryMode.StartUp when _vcpu.Signals.AwaitsStartUp:
                _vcpu.Signals.StartUp();
                _vcpu.Delivery.Rouse(sender, effects);
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
        TimerRequest request = _vcpu.Emulation.Reset(now, effects);
        _vcpu.Delivery.Reset();
        _vcpu.Signals.Reset(awaitsStartUp: !_vcpu.Configuration.IsBootstrapProcessor);
        _vcpu.Software.OnReset();
        _vcpu.Execution.Reset(now, effects);
        _vcpu.Emulation.Ask(request, effects);
    }
}
