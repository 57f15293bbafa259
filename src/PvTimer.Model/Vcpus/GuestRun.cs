using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>Guest mode: one operation of the guest after the other, and interrupts between or inside them.</summary>
internal sealed class GuestRun(
    VcpuConfiguration configuration,
    Lapic lapic,
    GuestTimer timer,
    TimerLedger ledger,
    GuestSoftware software,
    VcpuMode mode,
    VcpuStanding standing,
    GuestExecution execution,
    EventInjection injection,
    InterruptDelivery delivery,
    VmExits exits,
    TimerEmulation emulation,
    MsrAccesses msrs,
    ForcedExits forced
)
{
    /// <summary>A program that takes so many steps at one instant does not let time pass.</summary>
    private const int StepsAtOneInstant = 100_000;

    // Configuration
    private readonly VcpuConfiguration _configuration = configuration;

    // Wiring
    private readonly Lapic _lapic = lapic;
    private readonly GuestTimer _timer = timer;
    private readonly TimerLedger _ledger = ledger;
    private readonly GuestSoftware _software = software;
    private readonly VcpuMode _mode = mode;
    private readonly VcpuStanding _standing = standing;
    private readonly GuestExecution _execution = execution;
    private readonly EventInjection _injection = injection;
    private readonly InterruptDelivery _delivery = delivery;
    private readonly VmExits _exits = exits;
    private readonly TimerEmulation _emulation = emulation;
    private readonly MsrAccesses _msrs = msrs;
    private readonly ForcedExits _forced = forced;

    /// <summary>VM-entry: what has expired or was posted comes in, and the guest goes on.</summary>
    public void OnVmEntry(VirtualTime now, VmEntry entry, IEffects effects)
    {
        _exits.Close(now);
        _mode.Enter(entry);
        _delivery.Load(entry.Pcpu);
        if (entry.Expired is { } deadline)
        {
            _emulation.Inject(now, deadline, entry.Next, effects);
        }
        _timer.Entered(now, effects);
        _delivery.Sync();
        _emulation.AskWhatWaited(effects);
        Run(now, effects, _injection.BeginEntry());
    }

    /// <summary>The time of an operation has passed.</summary>
    public void OnProgress(VirtualTime now, GuestProgress progress, IEffects effects)
    {
        if (_execution.IsDue(progress))
        {
            _execution.Suspend(now);
            Run(now, effects);
        }
    }

    /// <summary>In root mode a notification is harmless: what it announced is taken at the next entry.</summary>
    public void OnNotification(VirtualTime now, IEffects effects)
    {
        if (_mode.InGuest)
        {
            _execution.Suspend(now);
            _delivery.Sync();
            Run(now, effects);
        }
    }

    /// <summary>In guest mode: the interrupt of a timer that the processor has is there.</summary>
    public void DeliverTimer(VirtualTime now, IEffects effects)
    {
        _execution.Suspend(now);
        _emulation.Request(now);
        Run(now, effects);
    }

    /// <summary>A guest that spins on its word of memory sees the command and begins.</summary>
    public void OnCommand(VirtualTime now, Command command, IEffects effects)
    {
        if (_software.OnCommand(command) && _execution.EndWait())
        {
            Run(now, effects);
        }
    }

    /// <summary>Runs the guest until it has to wait for time to pass, or leaves guest mode.</summary>
    /// <param name="now">When.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    /// <param name="injects">It was just entered, and KVM may have injected an interrupt with that.</param>
    private void Run(VirtualTime now, IEffects effects, bool injects = false)
    {
        for (int step = 0; _mode.InGuest; step++, injects = false)
        {
            if (step == StepsAtOneInstant)
            {
                throw new InvalidOperationException("the guest's program lets no time pass");
            }
            if (_injection.AwaitsStartUp && !_execution.IsInSystemManagement)
            {
                _exits.Exit(now, VmExitReason.Hlt, effects);
                return;
            }
            if (!TakeInterrupt(now, injects, effects))
            {
                return;
            }
            GuestOperation operation = _execution.Operation;
            switch (operation.Kind)
            {
                case GuestOperationKind.None:
                    Begin(now, _software.Next(now), effects);
                    break;
                case GuestOperationKind.Poll:
                    if (!PollOn(now, operation, effects))
                    {
                        break;
                    }
                    return;
                case GuestOperationKind.Wait:
                case GuestOperationKind.Halt when _configuration.HaltsInGuest:
                    return;
                case GuestOperationKind.Halt:
                    _exits.Exit(now, VmExitReason.Hlt, effects, timer: _timer.Halting());
                    return;
                default:
                    if (operation.Left > VirtualDuration.Zero)
                    {
                        _execution.Schedule(now, effects);
                        return;
                    }
                    Complete(now, effects);
                    break;
            }
        }
    }

    /// <summary>True if the guest has to poll on for a while; otherwise it halts.</summary>
    private bool PollOn(VirtualTime now, GuestOperation poll, IEffects effects)
    {
        _execution.Begin(_software.PollOn(now, poll));
        bool polls = _execution.Operation.Kind == GuestOperationKind.Poll;
        if (polls)
        {
            _execution.Schedule(now, effects);
        }
        return polls;
    }

    /// <summary>The guest takes an interrupt, if it can and there is one; false if that has it exit instead.</summary>
    private bool TakeInterrupt(VirtualTime now, bool injects, IEffects effects)
    {
        if (!_execution.IsInterruptible || !_injection.HasEvent)
        {
            return true;
        }
        if (_injection.NeedsWindow(injects))
        {
            _exits.Exit(now, VmExitReason.InterruptWindow, effects);
            return false;
        }
        _execution.TakeInterrupt(_injection.TakeEvent());
        return true;
    }

    private void Begin(VirtualTime now, GuestStep step, IEffects effects)
    {
        switch (step.Kind)
        {
            case GuestStepKind.Compute:
                _execution.Begin(new GuestOperation(GuestOperationKind.Compute, step.Length));
                break;
            case GuestStepKind.Wait:
                _execution.Begin(new GuestOperation(GuestOperationKind.Wait));
                break;
            case GuestStepKind.Halt:
                _execution.Begin(_software.Idle(now));
                break;
            case GuestStepKind.ProgramTick
                when _timer.TakesTick(now, new TscTicks(step.Value), effects):
                break;
            case GuestStepKind.ProgramDeadline or GuestStepKind.ProgramTick:
                _execution.Begin(
                    new GuestOperation(
                        GuestOperationKind.ClockEvent,
                        _configuration.Host.Costs.GuestProgram,
                        step.Value
                    )
                );
                break;
            case GuestStepKind.WriteMsr:
                _msrs.Write(now, step.Msr, step.Value, effects);
                break;
            case GuestStepKind.ReadMsr:
                _msrs.Read(now, step.Msr, effects);
                break;
            case GuestStepKind.EndOfInterrupt:
                EndOfInterrupt(now, effects);
                break;
            case GuestStepKind.Exit:
                _exits.Exit(now, step.Reason, effects, handling: step.Length);
                break;
            default:
                _standing.Expect(now, step.At, (byte)step.Value, effects);
                break;
        }
    }

    private void Complete(VirtualTime now, IEffects effects)
    {
        GuestOperation done = _execution.Complete();
        switch (done.Kind)
        {
            case GuestOperationKind.InterruptEntry:
                EnterHandler(now, (byte)done.Value);
                break;
            case GuestOperationKind.ClockEvent:
                _timer.Program(now, new TscTicks(done.Value), effects);
                break;
            case GuestOperationKind.Store:
                _timer.Stored(now, new TscTicks(done.Value), effects);
                break;
            case GuestOperationKind.SystemManagement:
                _forced.LeaveSystemManagement(now, done, effects);
                break;
            default:
                break;
        }
    }

    private void EnterHandler(VirtualTime now, byte vector)
    {
        TscTicks? fired = _ledger.Fire(now, vector);
        _timer.HandlerBegins(vector);
        _software.OnInterrupt(
            now,
            new GuestInterrupt(vector, fired, _execution.TakeRequests(vector))
        );
    }

    /// <summary>With APICv an EOI exits only for the vectors of the EOI-exit bitmap, without it always.</summary>
    private void EndOfInterrupt(VirtualTime now, IEffects effects)
    {
        int vector = _lapic.InService;
        _lapic.EndOfInterrupt();
        _execution.EndInterrupt();
        _software.OnHandlerEnd(now);
        uint? written = _timer.HandlerEnds();
        if (vector >= 0 && !_configuration.HasApicv)
        {
            // Where the end of a message has to be written as well, this is an exit too few.
            _injection.ExitForEoi();
            _exits.ExitForMsrWrite(now, MsrIndex.X2ApicEoi, TimerRequest.None, effects);
        }
        else if (vector >= 0 && _configuration.EoiExitBitmap.Contains((byte)vector))
        {
            _exits.Exit(now, VmExitReason.EoiInduced, effects);
        }
        else if (written is { } msr)
        {
            _exits.ExitForMsrWrite(now, msr, TimerRequest.None, effects);
        }
    }
}
