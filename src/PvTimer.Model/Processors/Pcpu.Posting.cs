using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <content>
/// What posting an interrupt takes, for the CPU that posts it (vmx_deliver_posted_interrupt, kvm_vcpu_wake_up). It
/// reads up to three lines that others write, the descriptor's, the vCPU's mode and the thread's state, and does
/// what they ask for:
/// <code>
///   poster                       vCPU                        its pCPU
///     set PIR, ON --- d ------->  in guest mode: notification on its way
///                 &lt;-- Notified -
///                                 halted ------ d -------->  blocked: try_to_wake_up, reschedule IPI
///                 &lt;---------------------- d --- Woken -----
///                                 anything else: it will look by itself
///     pay for the IPI and the wake-up, if there were any; after 3 d there were none
/// </code>
/// </content>
public sealed partial class Pcpu : ITimerCpuPort
{
    /// <summary>The interrupt under way has posted, and goes on when it knows what that takes.</summary>
    private bool _isPosting;

    /// <summary>What the exit's handler has to pay for the IPIs that its guest sends.</summary>
    private VirtualDuration _notifying;

    void ITimerCpuPort.Post(EntityId vcpu, TscTicks deadline, Poster poster, IEffects effects) =>
        Post(vcpu, deadline, poster, effects, next: null);

    private void Post(
        EntityId vcpu,
        TscTicks deadline,
        Poster poster,
        IEffects effects,
        VirtualTime? next
    )
    {
        _postedInterrupts++;
        _isPosting |= poster == Poster.Interrupt;
        effects.Send(
            vcpu,
            _costs.LineTransferSameSocket,
            new PostedInterrupt(0, Id, deadline, next, poster)
        );
    }

    private void OnPosted(Posted posted, IEffects effects) =>
        Charge(
            posted.Poster,
            posted.Effect == PostingEffect.Woken
                ? _costs.ThreadWake + _costs.IpiSend
                : _costs.IpiSend,
            effects
        );

    private void Charge(Poster poster, VirtualDuration cost, IEffects effects)
    {
        switch (poster)
        {
            case Poster.ExitHandler:
                _notifying += cost;
                break;
            case Poster.Kthread:
                effects.Send(
                    _host.TimerKthread!.Value,
                    VirtualDuration.Smallest,
                    new KthreadPosted(cost)
                );
                break;
            case Poster.Interrupt when _isPosting:
                _isPosting = false;
                StayInInterrupt(cost, effects);
                break;
            default:
                break;
        }
    }

    private VirtualDuration WaitForPosting() =>
        _isPosting ? PostingTime(_costs) : VirtualDuration.Zero;

    /// <summary>After so long nothing comes back any more: there was nothing to be sent.</summary>
    internal static VirtualDuration PostingTime(CostProfile costs) =>
        (costs.LineTransferSameSocket * 3) + (VirtualDuration.Smallest * 2);
}
