using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>VM-exits of one vCPU: the one that is open, from the exit until the next entry, and the ledger of all.</summary>
internal sealed class VmExits(Vcpu vcpu) : IStateful
{
    private readonly Vcpu _vcpu = vcpu;

    // Volatile state
    private VmExitReason? _reason;
    private uint _msr;
    private VirtualTime _leftGuestAt;

    /// <summary>KVM handles a register write of the guest.</summary>
    public bool IsMsrWriteOpen => _reason == VmExitReason.MsrWrite;

    /// <summary>WRMSR, with KVM's view of the register written.</summary>
    public void ExitForMsrWrite(
        VirtualTime now,
        uint msr,
        TimerRequest timer,
        IEffects effects,
        GuestIpi? ipi = null
    ) => Exit(now, VmExitReason.MsrWrite, effects, msr, timer, ipi);

    /// <summary>The vCPU leaves guest mode.</summary>
    /// <param name="now">When.</param>
    /// <param name="reason">Why.</param>
    /// <param name="effects">Where it goes.</param>
    /// <param name="msr">Which register; 0: the exit is not for one.</param>
    /// <param name="timer">What it asks of the host's timers.</param>
    /// <param name="ipi">What it asks the host to send.</param>
    /// <param name="handling">How long its handler takes, if that was recorded; zero: as long as it costs.</param>
    public void Exit(
        VirtualTime now,
        VmExitReason reason,
        IEffects effects,
        uint msr = 0,
        TimerRequest timer = default,
        GuestIpi? ipi = null,
        VirtualDuration handling = default
    )
    {
        bool halts = reason == VmExitReason.Hlt;
        _vcpu.Mode.Leave(halts);
        _reason = reason;
        _msr = msr;
        _leftGuestAt = now;
        VirtualDuration transition = _vcpu.Configuration.Host.Costs.ExitTransition;
        effects.Send(
            _vcpu.Mode.Pcpu,
            transition,
            VmExit.Of(
                _vcpu.Configuration.Id,
                reason,
                msr,
                now,
                timer,
                ipi,
                _vcpu.Timer.CanWake,
                handling
            )
        );
        if (!halts)
        {
            return;
        }
        _vcpu.Delivery.Halt();
        if (_vcpu.Delivery.HasPosted || _vcpu.Signals.IsNmiQueued)
        {
            // Posted while it was on its way to HLT: the notification has no guest to interrupt any more.
            effects.Send(
                _vcpu.Mode.Pcpu,
                transition,
                Wake.Of(_vcpu.Configuration.Id, _vcpu.Mode.Entry, null, Poster.None)
            );
        }
    }

    /// <summary>VM-entry: the exit that was open, if one was, is over.</summary>
    /// <param name="entered">When the guest's first instruction begins.</param>
    public void Close(VirtualTime entered)
    {
        if (_reason is not { } reason)
        {
            return;
        }
        VirtualTime exited = _leftGuestAt + _vcpu.Configuration.Host.Costs.ExitTransition;
        VirtualTime entry = entered - _vcpu.Configuration.Host.Costs.EntryTransition;
        VirtualDuration handled = VirtualDuration.Max(entry - exited, VirtualDuration.Zero);
        _vcpu.Exits.Add(reason, _msr, handled);
        _reason = null;
    }

    /// <summary>No entry follows, or not on this host: it counts with its time so far.</summary>
    public void CloseEarly(VirtualTime reached) =>
        Close(reached + _vcpu.Configuration.Host.Costs.EntryTransition);

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _reason = state.Optional(_reason, static (s, reason) => s.Enumeration(reason));
        _msr = state.Value(_msr);
        _leftGuestAt = state.Value(_leftGuestAt);
    }
}
