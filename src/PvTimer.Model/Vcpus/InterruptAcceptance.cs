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
internal sealed class InterruptAcceptance(
    VcpuConfiguration configuration,
    Lapic lapic,
    GuestSoftware software,
    VcpuStanding standing,
    GuestExecution execution,
    ApicSignals signals,
    InterruptDelivery delivery,
    TimerEmulation emulation
)
{
    private readonly VcpuConfiguration _configuration = configuration;
    private readonly Lapic _lapic = lapic;
    private readonly GuestSoftware _software = software;
    private readonly VcpuStanding _standing = standing;
    private readonly GuestExecution _execution = execution;
    private readonly ApicSignals _signals = signals;
    private readonly InterruptDelivery _delivery = delivery;
    private readonly TimerEmulation _emulation = emulation;

    public void OnPostedInterrupt(VirtualTime now, PostedInterrupt posted, IEffects effects)
    {
        if (_standing.IsAway)
        {
            // A timer that was dropped is in what was saved; of an IPI nothing would be left.
            _ =
                posted.Deadline
                ?? throw new InvalidOperationException("an IPI came after its vCPU had left");
            return;
        }
        byte? accepted =
            posted.Deadline is { } deadline ? _emulation.Expire(now, deadline, posted.Next, effects)
            : _lapic.AcceptsInterrupts ? posted.Vector
            : null;
        if (accepted is { } vector)
        {
            _delivery.Post(
                vector,
                new InterruptSender(posted.FromPcpu, posted.Poster),
                effects,
                isTimer: posted.Deadline is not null
            );
        }
    }

    public void OnInterruptMessage(VirtualTime now, InterruptMessage signal, IEffects effects)
    {
        if (_standing.IsAway)
        {
            throw new InvalidOperationException("an IPI came after its vCPU had left");
        }
        InterruptSender sender = new(signal.FromPcpu, signal.Poster);
        switch (signal.Mode)
        {
            case DeliveryMode.Nmi:
                _signals.RaiseNmi();
                _delivery.Rouse(sender, effects);
                break;
            case DeliveryMode.Init:
                Reset(now, effects);
                _delivery.Rouse(sender, effects);
                break;
            case DeliveryMode.StartUp when _signals.AwaitsStartUp:
                _signals.StartUp();
                _delivery.Rouse(sender, effects);
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
        TimerRequest request = _emulation.Reset(now, effects);
        _delivery.Reset();
        _signals.Reset(awaitsStartUp: !_configuration.IsBootstrapProcessor);
        _software.OnReset();
        _execution.Reset(now, effects);
        _emulation.Ask(request, effects);
    }
}
