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
public sealed partial class Vcpu : ITakesLateMessages, IInvariant, IStateful
{
    internal Vcpu(VcpuConfiguration configuration)
    {
        Configuration = configuration;
        Lapic = configuration.CreateLapic();
        Timers = new TimerLedger(configuration.Vm.ExactLateness);
        Exits = new ExitLedger(configuration.Backend.ExitNames);
        Timer = configuration.Backend.CreateGuestTimer(this);
        Mode = new VcpuMode(configuration.Pcpu);
        Standing = new VcpuStanding(configuration.IsHome);
        Execution = new GuestExecution(configuration.Host.Costs.GuestInterruptEntry);
        Injection = new EventInjection(configuration.HasApicv, Lapic, Signals);
        Delivery = new InterruptDelivery(this);
        VmExits = new VmExits(this);
        Emulation = new TimerEmulation(this);
        Msrs = new MsrFile(Lapic, Timer, Emulation);
        Software = new GuestSoftware(configuration, Lapic);
        Migration = new VcpuMigration(this);
    }

    internal VcpuConfiguration Configuration { get; }

    // Parts with state of their own

    internal Lapic Lapic { get; }

    internal TimerLedger Timers { get; }

    internal ExitLedger Exits { get; }

    internal GuestTimer Timer { get; }

    internal VcpuMode Mode { get; }

    internal VcpuStanding Standing { get; }

    internal GuestExecution Execution { get; }

    internal ApicSignals Signals { get; } = new();

    internal EventInjection Injection { get; }

    internal InterruptDelivery Delivery { get; }

    internal VmExits VmExits { get; }

    internal TimerEmulation Emulation { get; }

    internal MsrFile Msrs { get; }

    internal GuestSoftware Software { get; }

    internal VcpuMigration Migration { get; }

    // Parts without: what they do is done to those above

    internal MsrAccesses Accesses => new(this);

    internal ForcedExits Forced => new(this);

    private GuestRun Run => new(this);

    private InterruptAcceptance Acceptance => new(this);

    public EntityId Id => Configuration.Id;

    public string Name => Configuration.Name;

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case GuestProgress progress:
                Run.OnProgress(now, progress, effects);
                break;
            case VmEntry entry:
                Run.OnVmEntry(now, entry, effects);
                break;
            case HostInterrupt interrupt:
                Forced.OnHostInterrupt(now, interrupt, effects);
                break;
            case PreemptionTimerExit exit:
                Forced.OnPreemptionTimer(now, exit, effects);
                break;
            case SystemManagement stay:
                Forced.OnSystemManagement(now, stay, effects);
                break;
            case PostedInterrupt posted:
                Acceptance.OnPostedInterrupt(now, posted, effects);
                break;
            case Notification:
                Run.OnNotification(now, effects);
                break;
            case Preempted preempted:
                Delivery.OnPreempted(preempted);
                break;
            case InterruptMessage signal:
                Acceptance.OnInterruptMessage(now, signal, effects);
                break;
            case DeviceInterrupt device:
                OnDeviceInterrupt(now, device, effects);
                break;
            case MsrAccess:
                break;
            default:
                if (!Timer.Step(now, message, effects) && !Migration.Step(now, message, effects))
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
            or PauseVcpu when Standing.Postpones(message):
                break;
            case SetMsr set:
                Accesses.OnSetMsr(now, set, effects);
                break;
            case RaiseInterrupt raised:
                Delivery.PostDevice(raised.Vector, effects);
                break;
            case Command command:
                Run.OnCommand(now, command, effects);
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
        if (Standing.Takes(now, device))
        {
            Delivery.PostDevice(device.Vector, effects);
        }
    }

    /// <summary>The guest booted before the run began: its timer device is set up.</summary>
    private void OnStart(VirtualTime now, IEffects effects)
    {
        if (Configuration.IsHome)
        {
            Timer.Start(now, effects);
        }
    }

    /// <summary>Userspace signals one thread after the other; the first is this one's.</summary>
    private void OnPauseVm(VirtualDuration length, IEffects effects)
    {
        Pause(length, effects);
        foreach (EntityId sibling in Configuration.Siblings)
        {
            if (sibling != Id)
            {
                effects.Send(
                    sibling,
                    Configuration.Host.Costs.LineTransferSameSocket,
                    new PauseVcpu(length)
                );
            }
        }
    }

    private void Pause(VirtualDuration length, IEffects effects) =>
        effects.Send(
            Mode.Pcpu,
            Configuration.Host.Costs.LineTransferSameSocket,
            new PauseThread(Id, length)
        );

    /// <inheritdoc/>
    public string? FindViolation()
    {
        if (Delivery.IsOnForNothing)
        {
            return "ON is set, but PIR is empty";
        }
        if (!Timers.IsConserved)
        {
            return "armed is not fired + replaced + cancelled + pending";
        }
        if (Timers.Early > 0 && !Timer.MayErr && !Msrs.TscWasSet)
        {
            return "a timer interrupt came before its deadline";
        }
        return Timers.Unexpected > 0 && !Timer.MayErr
            ? "a timer interrupt came for a deadline that was not armed"
            : null;
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Lapic.Transfer(state);
        Delivery.Transfer(state);
        Mode.Transfer(state);
        Standing.Transfer(state);
        Migration.Transfer(state);
        Execution.Transfer(state);
        VmExits.Transfer(state);
        Emulation.Transfer(state);
        Timers.Transfer(state);
        Exits.Transfer(state);
        Msrs.Transfer(state);
        Signals.Transfer(state);
        Software.Transfer(state);
        TransferTimer(state);
        Injection.Transfer(state);
    }
}
