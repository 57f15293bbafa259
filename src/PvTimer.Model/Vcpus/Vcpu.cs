using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

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
/// </remarks>
public sealed partial class Vcpu : IEntity, IInvariant, IStateful
{
    // Configuration
    private readonly VcpuConfiguration _configuration;

    // Volatile state: the virtual hardware
    private readonly Lapic _lapic;
    private PostedInterruptDescriptor _descriptor;

    // Its timer
    private readonly GuestTimer _timer;

    // Volatile state: where it runs
    private EntityId _pcpu;
    private long _entry;
    private bool _inGuest;
    private bool _halted;

    // Ledgers
    private readonly TimerLedger _timers = new();
    private readonly ExitLedger _exits;

    internal Vcpu(VcpuConfiguration configuration)
    {
        _configuration = configuration;
        _lapic = new Lapic(
            configuration.Clock,
            configuration.ApicIds[configuration.Index],
            configuration.IsBootstrapProcessor,
            configuration.ApicBusCycle
        );
        _exits = new ExitLedger(configuration.Backend.ExitNames);
        _pcpu = configuration.Pcpu;
        _standing = configuration.IsHome ? Standing.Here : Standing.Away;
        _arrivals = configuration.IsHome ? 1 : 0;
        foreach (byte vector in configuration.EoiExitVectors)
        {
            _eoiExitBitmap.Set(vector);
        }
        _timer = configuration.Backend.CreateGuestTimer(this);
    }

    public EntityId Id => _configuration.Id;

    public string Name => _configuration.Name;

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case GuestProgress progress:
                OnGuestProgress(now, progress.Epoch, effects);
                break;
            case VmEntry entry:
                OnVmEntry(now, entry, effects);
                break;
            case HostInterrupt interrupt:
                OnHostInterrupt(now, interrupt.Entry, effects);
                break;
            case PreemptionTimerExit exit:
                OnPreemptionTimer(now, exit.Entry, effects);
                break;
            case SystemManagement stay:
                OnSystemManagement(now, stay, effects);
                break;
            case PostedInterrupt posted:
                OnPostedInterrupt(now, posted, effects);
                break;
            case Notification:
                OnNotification(now, effects);
                break;
            case Preempted preempted:
                OnPreempted(preempted.Entry);
                break;
            case StopVcpu stop:
                OnStopVcpu(stop.Mover, effects);
                break;
            case ThreadStopped stopped:
                OnThreadStopped(now, stopped.Thread, effects);
                break;
            case TimerDropped:
                OnTimerDropped(now, effects);
                break;
            case SaveVcpu save:
                OnSaveVcpu(now, save.StoppedAt, effects);
                break;
            case RestoreVcpu restore:
                OnRestoreVcpu(now, restore, effects);
                break;
            case InterruptMessage signal:
                OnInterruptMessage(now, signal, effects);
                break;
            case MsrAccess:
                break;
            default:
                if (!_timer.Step(now, message, effects))
                {
                    StepFromOutside(now, message, effects);
                }
                break;
        }
    }

    /// <summary>The run's begin, devices, userspace, and who commands the guest.</summary>
    private void StepFromOutside(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case DeviceInterrupt device when TakeDevice(now, device.Vector):
                OnDevice(device.Vector, effects);
                break;
            case DeviceInterrupt:
                break;
            case MoveVcpu move:
                OnMoveVcpu(move.ToPcpu, effects);
                break;
            case SetMsr
            or RaiseInterrupt
            or Command
            or PauseVm
            or PauseVcpu when Postpones(message):
                break;
            case SetMsr set:
                OnSetMsr(now, set, effects);
                break;
            case RaiseInterrupt raised:
                OnDevice(raised.Vector, effects);
                break;
            case Command command:
                OnCommand(now, command, effects);
                break;
            case PauseVm pause:
                OnPauseVm(pause.Length, effects);
                break;
            case PauseVcpu pause:
                effects.Send(
                    _pcpu,
                    _configuration.Host.Costs.LineTransferSameSocket,
                    new PauseThread(Id, pause.Length)
                );
                break;
            case SaveRestore:
                OnSaveRestore(effects);
                break;
            case Start:
                OnStart(now, effects);
                break;
            default:
                throw new InvalidOperationException($"a vCPU does not know {message}");
        }
    }

    /// <inheritdoc/>
    public string? FindViolation()
    {
        if (_descriptor.On && _descriptor.Pir.IsEmpty)
        {
            return "ON is set, but PIR is empty";
        }
        if (!_timers.IsConserved)
        {
            return "armed is not fired + replaced + cancelled + pending";
        }
        if (!_timer.MayErr && !_tscWasSet && _timers.Early > 0)
        {
            return "a timer interrupt came before its deadline";
        }
        return !_timer.MayErr && _timers.Unexpected > 0
            ? "a timer interrupt came for a deadline that was not armed"
            : null;
    }

    /// <summary>The guest booted before the run began: its timer device is set up.</summary>
    private void OnStart(VirtualTime now, IEffects effects)
    {
        if (_configuration.IsHome)
        {
            _timer.Start(now, effects);
        }
    }

    // ---- What the report and looks ask ----

    internal ExitLedger Exits => _exits;

    internal ExactDistribution Lateness => _timers.Lateness;

    internal long Armed => _timers.Armed;

    /// <summary>When its pending deadline is due; null: none is pending.</summary>
    internal VirtualTime? PendingDue => _timers.OutstandingDue;

    internal bool IsHalted => _halted;

    internal long DeadlineWrites => _deadlineWrites;

    internal long PageUpdates => _timer.PageUpdates;

    internal long ExpiryExits => _timer.ExpiryExits;

    /// <summary>The processor has what is armed.</summary>
    internal bool HoldsTimer => _timer.HoldsTimer;

    internal long SplitLocks => _timer.SplitLocks;

    internal long UnansweredDoorbells => _timer.UnansweredDoorbells;

    internal Guests.IGuestProgram Program => _configuration.Program;

    /// <summary>An exit that is still being handled when the run ends counts with its time so far.</summary>
    internal void CloseOpenExit(VirtualTime reached)
    {
        if (_exitReason is not null)
        {
            RecordExit(reached + _configuration.Host.Costs.EntryTransition);
        }
    }

    /// <param name="reached">Where the run ended.</param>
    /// <param name="grace">What is overdue for longer is no longer on its way.</param>
    /// <param name="hostKnows">A pCPU or the kthread will act on this vCPU's outstanding deadline.</param>
    /// <param name="isBlocked">It is off its pCPU, and nobody is about to wake it.</param>
    internal TimerCounts CountTimers(
        VirtualTime reached,
        VirtualDuration grace,
        bool hostKnows,
        bool isBlocked
    )
    {
        bool hangs = isBlocked && (!_descriptor.Pir.IsEmpty || _lapic.Deliverable >= 0);
        return _timers.Count(
            reached,
            grace,
            hostKnows || _timer.HoldsTimer || _asked is not null,
            hangs
        );
    }
}
