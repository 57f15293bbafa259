using PvTimer.Model.Apic;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// What one pCPU sends to vCPUs and other pCPUs, and what posting an interrupt takes for the CPU that posts it
/// (vmx_deliver_posted_interrupt, kvm_vcpu_wake_up). It reads up to three lines that others write, the descriptor's, the
/// vCPU's mode and the thread's state, and does what they ask for:
/// <code>
///   poster                       vCPU                        its pCPU
///     set PIR, ON --- d ------->  in guest mode: notification on its way
///                 &lt;-- Notified -
///                                 halted ------ d -------->  blocked: try_to_wake_up, reschedule IPI
///                 &lt;---------------------- d --- Woken -----
///                                 anything else: it will look by itself
///     pay for the IPI and the wake-up, if there were any; after 3 d there were none
/// </code>
/// </summary>
internal sealed class InterruptPosting(PcpuSite site) : IStateful
{
    private readonly PcpuSite _site = site;
    private readonly CostProfile _costs = site.Costs;

    /// <summary>The interrupt under way has posted, and goes on when it knows what that takes.</summary>
    private bool _isPosting;

    /// <summary>What the exit's handler has to pay for the IPIs that its guest sends.</summary>
    private VirtualDuration _notifying;
    private long _ipis;

    /// <summary>IPIs that the host sent from here: doorbells and guests' IPIs.</summary>
    public long Ipis => _ipis;

    public bool IsPosting => _isPosting;

    /// <summary>What the exit's handler has to pay after it has posted its guest's IPIs.</summary>
    public VirtualDuration Notifying => _notifying;

    /// <summary>How long the interrupt under way waits for what its posting takes.</summary>
    public VirtualDuration Wait => _isPosting ? _site.Host.PostingTime : VirtualDuration.Zero;

    /// <summary>A timer's interrupt: PIR bit, ON, notification.</summary>
    /// <param name="vcpu">Whose.</param>
    /// <param name="deadline">Which timer.</param>
    /// <param name="poster">What pays for it.</param>
    /// <param name="effects">Where it goes.</param>
    /// <param name="next">Periodic mode: its target expiration from then on; else null.</param>
    public void Post(
        EntityId vcpu,
        TscTicks deadline,
        Poster poster,
        IEffects effects,
        VirtualTime? next
    )
    {
        _isPosting |= poster == Poster.Interrupt;
        effects.Send(
            vcpu,
            _costs.LineTransferSameSocket,
            PostedInterrupt.Of(0, _site.Id, deadline, next, poster)
        );
    }

    /// <summary>The interrupt under way goes on, with whatever it has posted paid for.</summary>
    public void EndWait() => _isPosting = false;

    /// <summary>The exit's handler sends its guest's IPI to one of its targets (kvm_apic_send_ipi).</summary>
    public void Send(GuestIpi ipi, EntityId target, Poster poster, IEffects effects)
    {
        _notifying = VirtualDuration.Zero;
        _ipis++;
        bool isInterrupt = ipi.Mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority;
        effects.Send(
            target,
            _costs.LineTransferSameSocket,
            isInterrupt
                ? PostedInterrupt.Of(
                    ipi.Vector,
                    _site.Id,
                    null,
                    poster: poster,
                    isLevel: ipi.IsLevel
                )
                : new InterruptMessage(ipi.Mode, ipi.Vector, _site.Id, poster)
        );
    }

    /// <summary>smp_call_function_single, here or elsewhere.</summary>
    public void SendIpi(EntityId pcpu, Message message, IEffects effects)
    {
        _ipis++;
        if (pcpu == _site.Id)
        {
            effects.After(_costs.IpiSameSocket, message);
            return;
        }
        effects.Send(pcpu, _site.Host.IpiLatency(_site.Id, pcpu), message);
    }

    /// <summary>
    /// What a poster here has to pay; if that is the interrupt under way, it stays for so long, otherwise null.
    /// </summary>
    public VirtualDuration? Charge(Poster poster, VirtualDuration cost, IEffects effects)
    {
        switch (poster)
        {
            case Poster.ExitHandler:
                _notifying += cost;
                return null;
            case Poster.Kthread:
                effects.Send(
                    _site.Host.TimerKthread!.Value,
                    VirtualDuration.Smallest,
                    KthreadPosted.Of(cost)
                );
                return null;
            case Poster.Interrupt when _isPosting:
                _isPosting = false;
                return cost;
            default:
                return null;
        }
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _isPosting = state.Value(_isPosting);
        _notifying = state.Value(_notifying);
        _ipis = state.Value(_ipis);
    }
}
