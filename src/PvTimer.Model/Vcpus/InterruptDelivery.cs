using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>Who posts an interrupt or sends an IPI.</summary>
/// <param name="Pcpu">From where; null: a device, which has no pCPU that pays for it.</param>
/// <param name="Poster">What pays for it there.</param>
internal readonly record struct InterruptSender(EntityId? Pcpu, Poster Poster)
{
    public static InterruptSender Device => new(null, Poster.None);
}

/// <summary>
/// Interrupts on their way to one vCPU: its posted-interrupt descriptor, and what a sender does after it has posted: a
/// notification in guest mode, or without APICv a kick; halted the thread is woken.
/// </summary>
internal sealed class InterruptDelivery(Vcpu vcpu) : IStateful
{
    private readonly Vcpu _vcpu = vcpu;

    // Volatile state
    private PostedInterruptDescriptor _descriptor;

    /// <summary>Something is posted.</summary>
    public bool HasPosted => !_descriptor.Pir.IsEmpty;

    /// <summary>A notification is announced for nothing.</summary>
    public bool IsOnForNothing => _descriptor.On && _descriptor.Pir.IsEmpty;

    /// <summary>vmx_vcpu_load: notifications go to the pCPU that it is on.</summary>
    public void Load(EntityId pcpu)
    {
        _descriptor.Nv = PostedInterruptDescriptor.NotificationVector;
        _descriptor.Sn = false;
        _descriptor.Ndst = pcpu.Index;
    }

    /// <summary>Its thread waits for a pCPU, unless it is in guest mode again.</summary>
    public void OnPreempted(Preempted preempted)
    {
        if (!_vcpu.Mode.InGuest && preempted.Entry == _vcpu.Mode.Entry)
        {
            _descriptor.Sn = true;
        }
    }

    /// <summary>vmx_vcpu_pi_put: it is halted, and what is posted wakes it.</summary>
    public void Halt() => _descriptor.Nv = PostedInterruptDescriptor.WakeupVector;

    /// <summary>What is posted moves to the IRR.</summary>
    public void Sync() => _descriptor.SyncTo(_vcpu.Lapic);

    /// <summary>Its registers are saved: no thread of it waits for a pCPU.</summary>
    public void Save()
    {
        _descriptor.SyncTo(_vcpu.Lapic);
        _descriptor.Sn = false;
    }

    /// <summary>INIT.</summary>
    public void Reset() => _descriptor.Clear();

    /// <summary>
    /// PIR, then ON; in guest mode the notification follows, or without APICv a kick; halted the thread is woken.
    /// </summary>
    public void Post(
        byte vector,
        InterruptSender sender,
        IEffects effects,
        bool isTimer = false,
        bool isLevel = false
    )
    {
        _vcpu.Lapic.SetTriggerMode(vector, isLevel);
        _vcpu.Execution.CountRequest(vector);
        if (!_descriptor.Post(vector))
        {
            return;
        }
        if (_vcpu.Mode.InGuest && _vcpu.Configuration.HasApicv)
        {
            effects.After(
                LatencyFrom(sender) + _vcpu.Configuration.Host.Costs.PostedInterruptProcessing,
                Notification.Instance
            );
            TellNotified(sender, effects);
            return;
        }
        _vcpu.Injection.Kick(_vcpu.Mode.InGuest && isTimer);
        Rouse(sender, effects);
    }

    /// <summary>A device's interrupt, if the LAPIC takes any.</summary>
    public void PostDevice(byte vector, IEffects effects)
    {
        if (_vcpu.Lapic.AcceptsInterrupts)
        {
            Post(
                vector,
                InterruptSender.Device,
                effects,
                isLevel: _vcpu.Configuration.EoiExitBitmap.Contains(vector)
            );
        }
    }

    /// <summary>kvm_vcpu_kick: out of guest mode, or out of the halt.</summary>
    public void Rouse(InterruptSender sender, IEffects effects)
    {
        if (_vcpu.Mode.InGuest)
        {
            effects.Send(
                _vcpu.Mode.Pcpu,
                LatencyFrom(sender),
                KickVcpu.Of(_vcpu.Configuration.Id, _vcpu.Mode.Entry)
            );
            TellNotified(sender, effects);
        }
        else if (_vcpu.Mode.IsHalted && !_vcpu.Standing.IsStopped)
        {
            WakeUp(sender, effects);
        }
    }

    private VirtualDuration LatencyFrom(InterruptSender sender) =>
        sender.Pcpu is { } pcpu
            ? _vcpu.Configuration.Host.IpiLatency(pcpu, _vcpu.Mode.Pcpu)
            : _vcpu.Configuration.Host.Costs.IpiSameSocket;

    /// <summary>It has to send an IPI, and pays for it.</summary>
    private void TellNotified(InterruptSender sender, IEffects effects)
    {
        if (sender.Poster != Poster.None)
        {
            effects.Send(
                sender.Pcpu!.Value,
                _vcpu.Configuration.Host.Costs.LineTransferSameSocket,
                Posted.Of(sender.Poster, PostingEffect.Notified)
            );
        }
    }

    /// <summary>Its pCPU knows whether the thread has to be woken, and tells the sender.</summary>
    private void WakeUp(InterruptSender sender, IEffects effects) =>
        effects.Send(
            _vcpu.Mode.Pcpu,
            sender.Pcpu is null
                ? LatencyFrom(sender)
                : _vcpu.Configuration.Host.Costs.LineTransferSameSocket,
            Wake.Of(_vcpu.Configuration.Id, _vcpu.Mode.Entry, sender.Pcpu, sender.Poster)
        );

    /// <inheritdoc/>
    public void Transfer(StateTransfer state) => _descriptor.Transfer(state);
}
