using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Model.Vcpus;

/// <summary>
/// One virtual CPU as hardware with APICv runs it: the guest's program, its LAPIC, its posted-interrupt
/// descriptor, and the guest's side of the shared page.
/// </summary>
/// <remarks>
/// It is in guest mode from <see cref="VmEntry"/> until it exits; what happens then is its pCPU's business.
/// Each operation of the guest has a length; an interrupt or an exit in between keeps the rest for later.
/// <code>
///   VmEntry -> [PIR to IRR] -> interrupt deliverable? -> handler -> EOI -> where it was
///                                   | no
///                                   v
///                              next operation -> ... -> one that exits -> VmExit
/// </code>
/// It is made of parts, each with its own state, that know only those above them in this list, and the back-end's
/// <see cref="GuestTimer"/>. Here messages are handed to the part that they are for.
/// <code>
///   Lapic, TimerLedger, ExitLedger
///   VcpuMode           pCPU, VM-entry, guest mode, halted
///   VcpuStanding       whether its VM is here, what waits while it is not
///   GuestExecution     what the guest is at, and what of it is left
///   ApicSignals        NMI, INIT, start-up
///   EventInjection     the interrupt that the guest takes next; without APICv: entries that inject, kicks
///   InterruptDelivery  the posted-interrupt descriptor, notifications, kicks, wake-ups
///   VmExits            the exit that is open
///   TimerEmulation     what is asked of the host's timers, and what their expiry means
///   MsrFile            registers
///   GuestSoftware      the guest's program, and how its kernel idles
///   MsrAccesses, ForcedExits, GuestRun   guest mode
///   InterruptAcceptance, VcpuMigration   what comes from outside
/// </code>
/// </remarks>
public sealed partial class Vcpu : IEntity, IInvariant, IStateful
{
    // Configuration
    private readonly VcpuConfiguration _configuration;

    // Parts
    private readonly Lapic _lapic;
    private readonly TimerLedger _timers = new();
    private readonly ExitLedger _exits;
    private readonly GuestTimer _timer;
    private readonly VcpuMode _mode;
    private readonly VcpuStanding _standing;
    private readonly GuestExecution _execution;
    private readonly ApicSignals _signals = new();
    private readonly EventInjection _injection;
    private readonly InterruptDelivery _delivery;
    private readonly VmExits _vmExits;
    private readonly TimerEmulation _emulation;
    private readonly MsrFile _msrs;
    private readonly GuestSoftware _software;
    private readonly MsrAccesses _accesses;
    private readonly ForcedExits _forced;
    private readonly GuestRun _run;
    private readonly InterruptAcceptance _acceptance;
    private readonly VcpuMigration _migration;

    internal Vcpu(VcpuConfiguration configuration)
    {
        _configuration = configuration;
        _lapic = configuration.CreateLapic();
        _exits = new ExitLedger(configuration.Backend.ExitNames);
        _timer = configuration.Backend.CreateGuestTimer(this);
        _mode = new VcpuMode(configuration.Pcpu);
        _standing = new VcpuStanding(configuration.IsHome);
        _execution = new GuestExecution(configuration.Host.Costs.GuestInterruptEntry);
        _injection = new EventInjection(configuration.HasApicv, _lapic, _signals);
        _delivery = new InterruptDelivery(
            configuration,
            _lapic,
            _mode,
            _standing,
            _execution,
            _injection
        );
        _vmExits = new VmExits(configuration, _timer, _mode, _delivery, _signals, _exits);
        _emulation = new TimerEmulation(configuration, _lapic, _timer, _timers, _mode, _vmExits);
        _msrs = new MsrFile(_lapic, _timer, _emulation);
        _software = new GuestSoftware(configuration, _lapic);
        _accesses = new MsrAccesses(
            configuration,
            _lapic,
            _timer,
            _software,
            _execution,
            _vmExits,
            _emulation,
            _msrs
        );
        _forced = new ForcedExits(_timer, _mode, _execution, _vmExits, _injection);
        _run = new GuestRun(
            configuration,
            _lapic,
            _timer,
            _timers,
            _software,
            _mode,
            _standing,
            _execution,
            _injection,
            _delivery,
            _vmExits,
            _emulation,
            _accesses,
            _forced
        );
        _acceptance = new InterruptAcceptance(
            configuration,
            _lapic,
            _software,
            _standing,
            _execution,
            _signals,
            _delivery,
            _emulation
        );
        _migration = new VcpuMigration(
            this,
            configuration,
            _lapic,
            _timer,
            _mode,
            _standing,
            _execution,
            _delivery,
            _vmExits,
            _emulation
        );
    }

    public EntityId Id => _configuration.Id;

    public string Name => _configuration.Name;

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case GuestProgress progress:
                _run.OnProgress(now, progress, effects);
                break;
            case VmEntry entry:
                _run.OnVmEntry(now, entry, effects);
                break;
            case HostInterrupt interrupt:
                _forced.OnHostInterrupt(now, interrupt, effects);
                break;
            case PreemptionTimerExit exit:
                _forced.OnPreemptionTimer(now, exit, effects);
                break;
            case SystemManagement stay:
                _forced.OnSystemManagement(now, stay, effects);
                break;
            case PostedInterrupt posted:
                _acceptance.OnPostedInterrupt(now, posted, effects);
                break;
            case Notification:
                _run.OnNotification(now, effects);
                break;
            case Preempted preempted:
                _delivery.OnPreempted(preempted);
                break;
            case InterruptMessage signal:
                _acceptance.OnInterruptMessage(now, signal, effects);
                break;
            case DeviceInterrupt device:
                OnDeviceInterrupt(now, device, effects);
                break;
            case MsrAccess:
                break;
            default:
                if (!_timer.Step(now, message, effects) && !_migration.Step(now, message, effects))
                {
                    StepFromOutside(now, message, effects);
                }
                break;
        }
    }

    /// <summary>The run's begin, userspace, and who commands the guest.</summary>
    private void StepFromOutside(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case SetMsr
            or RaiseInterrupt
            or Command
            or PauseVm
            or PauseVcpu when _standing.Postpones(message):
                break;
            case SetMsr set:
                _accesses.OnSetMsr(now, set, effects);
                break;
            case RaiseInterrupt raised:
                _delivery.PostDevice(raised.Vector, effects);
                break;
            case Command command:
                _run.OnCommand(now, command, effects);
                break;
            case PauseVm pause:
                OnPauseVm(pause.Length, effects);
                break;
            case PauseVcpu pause:
                Pause(pause.Length, effects);
                break;
            case Start:
                OnStart(now, effects);
                break;
            default:
                throw new InvalidOperationException($"a vCPU does not know {message}");
        }
    }

    private void OnDeviceInterrupt(VirtualTime now, DeviceInterrupt device, IEffects effects)
    {
        if (_standing.Takes(now, device))
        {
            _delivery.PostDevice(device.Vector, effects);
        }
    }

    /// <summary>The guest booted before the run began: its timer device is set up.</summary>
    private void OnStart(VirtualTime now, IEffects effects)
    {
        if (_configuration.IsHome)
        {
            _timer.Start(now, effects);
        }
    }

    /// <summary>Userspace signals one thread after the other; the first is this one's.</summary>
    private void OnPauseVm(VirtualDuration length, IEffects effects)
    {
        Pause(length, effects);
        foreach (EntityId sibling in _configuration.Siblings)
        {
            if (sibling != Id)
            {
                effects.Send(
                    sibling,
                    _configuration.Host.Costs.LineTransferSameSocket,
                    new PauseVcpu(length)
                );
            }
        }
    }

    private void Pause(VirtualDuration length, IEffects effects) =>
        effects.Send(
            _mode.Pcpu,
            _configuration.Host.Costs.LineTransferSameSocket,
            new PauseThread(Id, length)
        );

    /// <inheritdoc/>
    public string? FindViolation()
    {
        if (_delivery.IsOnForNothing)
        {
            return "ON is set, but PIR is empty";
        }
        if (!_timers.IsConserved)
        {
            return "armed is not fired + replaced + cancelled + pending";
        }
        if (_timers.Early > 0 && !_timer.MayErr && !_msrs.TscWasSet)
        {
            return "a timer interrupt came before its deadline";
        }
        return _timers.Unexpected > 0 && !_timer.MayErr
            ? "a timer interrupt came for a deadline that was not armed"
            : null;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _lapic.Transfer(state);
        _delivery.Transfer(state);
        _mode.Transfer(state);
        _standing.Transfer(state);
        _migration.Transfer(state);
        _execution.Transfer(state);
        _vmExits.Transfer(state);
        _emulation.Transfer(state);
        _timers.Transfer(state);
        _exits.Transfer(state);
        _msrs.Transfer(state);
        _signals.Transfer(state);
        _software.Transfer(state);
        TransferTimer(state);
        _injection.Transfer(state);
    }
}
