using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>Guest mode: one operation of the guest after the other, and interrupts between or inside them.</summary>
internal readonly struct GuestRun(Vcpu vcpu)
{
    private readonly Vcpu _vcpu = vcpu;

    /// <summary>A program that takes so many steps at one instant does not let time pass.</summary>
    private const int StepsAtOneInstant = 100_000;

    /// <summary>VM-entry: what has expired or was posted comes in, and the guest goes on.</summary>
    public void OnVmEntry(VirtualTime now, VmEntry entry, IEffects effects)
    {
        _vcpu.VmExits.Close(now);
        _vcpu.Mode.Enter(entry);
        _vcpu.Delivery.Load(entry.Pcpu);
        if (entry.Expired is { } deadline)
        {
            _vcpu.Emulation.Inject(now, deadline, entry.Next, effects);
        }
        _vcpu.Timer.Entered(now, effects);
        _vcpu.Delivery.Sync();
        _vcpu.Emulation.AskWhatWaited(effects);
        bool injects = _vcpu.Injection.BeginEntry();
        if (entry.CounterIsAtZero)
        {
            ExitAtOnce(now, injects, effects);
        }
        else
        {
            Run(now, effects, injects);
        }
    }

    /// <summary>
    /// What KVM injects with the entry is delivered before the preemption timer's exit; what the processor finds in the
    /// virtual APIC page is not (SDM vol. 3C, 26.5.1 and 30.2.2).
    /// </summary>
    private void ExitAtOnce(VirtualTime now, bool injects, IEffects effects)
    {
        if (injects && !_vcpu.Configuration.HasApicv && CanTakeInterrupt)
        {
            _vcpu.Execution.TakeInterrupt(_vcpu.Injection.TakeEvent());
        }
        _vcpu.Forced.ExitForCounter(now, effects);
    }

    private bool CanTakeInterrupt => _vcpu.Execution.IsInterruptible && _vcpu.Injection.HasEvent;

    /// <summary>The time of an operation has passed.</summary>
    public void OnProgress(VirtualTime now, GuestProgress progress, IEffects effects)
    {
        if (_vcpu.Execution.IsDue(progress))
        {
            _vcpu.Execution.Suspend(now);
            Run(now, effects);
        }
    }

    /// <summary>In root mode a notification is harmless: what it announced is taken at the next entry.</summary>
    public void OnNotification(VirtualTime now, IEffects effects)
    {
        if (_vcpu.Mode.InGuest)
        {
            _vcpu.Execution.Suspend(now);
            _vcpu.Delivery.Sync();
            Run(now, effects);
        }
    }

    /// <summary>In guest mode: the interrupt of a timer that the processor has is there.</summary>
    public void DeliverTimer(VirtualTime now, IEffects effects)
    {
        _vcpu.Execution.Suspend(now);
        _vcpu.Emulation.Request(now);
        Run(now, effects);
    }

    /// <summary>A guest that spins on its word of memory sees the command and begins.</summary>
    public void OnCommand(VirtualTime now, Command command, IEffects effects)
    {
        if (_vcpu.Software.OnCommand(command) && _vcpu.Execution.EndWait())
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
        for (int step = 0; _vcpu.Mode.InGuest; step++, injects = false)
        {
            if (step == StepsAtOneInstant)
            {
                throw new InvalidOperationException("the guest's program lets no time pass");
            }
            if (_vcpu.Injection.AwaitsStartUp && !_vcpu.Execution.IsInSystemManagement)
            {
                _vcpu.VmExits.Exit(now, VmExitReason.Hlt, effects);
                return;
            }
            if (!TakeInterrupt(now, injects, effects))
            {
                return;
            }
            GuestOperation operation = _vcpu.Execution.Operation;
            switch (operation.Kind)
            {
                case GuestOperationKind.None:
                    Begin(now, _vcpu.Software.Next(now), effects);
                    break;
                case GuestOperationKind.Poll:
                    if (!PollOn(now, operation, effects))
                    {
                        break;
                    }
                    return;
                case GuestOperationKind.Wait:
                case GuestOperationKind.Halt when _vcpu.Configuration.HaltsInGuest:
                    return;
                case GuestOperationKind.Halt:
                    _vcpu.VmExits.Exit(
                        now,
                        VmExitReason.Hlt,
                        effects,
                        timer: _vcpu.Timer.Halting()
                    );
                    return;
                default:
                    if (operation.Left > VirtualDuration.Zero)
                    {
                        _vcpu.Execution.Schedule(now, effects);
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
        _vcpu.Execution.Begin(_vcpu.Software.PollOn(now, poll));
        bool polls = _vcpu.Execution.Operation.Kind == GuestOperationKind.Poll;
        if (polls)
        {
            _vcpu.Execution.Schedule(now, effects);
        }
        return polls;
    }

    /// <summary>The guest takes an interrupt, if it can and there is one; false if that has it exit instead.</summary>
    private bool TakeInterrupt(VirtualTime now, bool injects, IEffects effects)
    {
        if (!CanTakeInterrupt)
        {
            return true;
        }
        if (_vcpu.Injection.NeedsWindow(injects))
        {
            _vcpu.VmExits.Exit(now, VmExitReason.InterruptWindow, effects);
            return false;
        }
        _vcpu.Execution.TakeInterrupt(_vcpu.Injection.TakeEvent());
        return true;
    }

    private void Begin(VirtualTime now, GuestStep step, IEffects effects)
    {
        switch (step.Kind)
        {
            case GuestStepKind.Compute:
                _vcpu.Execution.Begin(new GuestOperation(GuestOperationKind.Compute, step.Length));
                break;
            case GuestStepKind.Wait:
                _vcpu.Execution.Begin(new GuestOperation(GuestOperationKind.Wait));
                break;
            case GuestStepKind.Halt:
                _vcpu.Execution.Begin(_vcpu.Software.Idle(now));
                break;
            case GuestStepKind.ProgramTick
                when _vcpu.Timer.TakesTick(now, new TscTicks(step.Value), effects):
                break;
            case GuestStepKind.ProgramDeadline or GuestStepKind.ProgramTick:
                _vcpu.Execution.Begin(
                    new GuestOperation(
                        GuestOperationKind.ClockEvent,
                        _vcpu.Configuration.Host.Costs.GuestProgram,
                        step.Value
                    )
                );
                break;
            case GuestStepKind.WriteMsr:
                _vcpu.Accesses.Write(now, step.Msr, step.Value, effects);
                break;
            case GuestStepKind.ReadMsr:
                _vcpu.Accesses.Read(now, step.Msr, effects);
                break;
            case GuestStepKind.EndOfInterrupt:
                EndOfInterrupt(now, effects);
                break;
            case GuestStepKind.Exit:
                _vcpu.VmExits.Exit(now, step.Reason, effects, handling: step.Length);
                break;
            default:
                _vcpu.Standing.Expect(now, step.At, (byte)step.Value, effects);
                break;
        }
    }

    private void Complete(VirtualTime now, IEffects effects)
    {
        GuestOperation done = _vcpu.Execution.Complete();
        switch (done.Kind)
        {
            case GuestOperationKind.InterruptEntry:
                EnterHandler(now, (byte)done.Value);
                break;
            case GuestOperationKind.ClockEvent:
                _vcpu.Timer.Program(now, new TscTicks(done.Value), effects);
                break;
            case GuestOperationKind.Store:
                _vcpu.Timer.Stored(now, new TscTicks(done.Value), effects);
                break;
            case GuestOperationKind.EndOfInterrupt:
                EndHandler(now, written: null, effects);
                break;
            case GuestOperationKind.SystemManagement:
                _vcpu.Forced.LeaveSystemManagement(now, done, effects);
                break;
            default:
                break;
        }
    }

    private void EnterHandler(VirtualTime now, byte vector)
    {
        TscTicks? fired = _vcpu.Timers.Fire(
            now,
            vector,
            _vcpu.Configuration.Program.LatenessesDropped
        );
        _vcpu.Timer.HandlerBegins(vector);
        _vcpu.Software.OnInterrupt(
            now,
            new GuestInterrupt(vector, fired, _vcpu.Execution.TakeRequests(vector))
        );
    }

    /// <summary>
    /// With APICv an EOI exits only for the vectors of the EOI-exit bitmap, without it always; then the end of a message,
    /// which comes first, is an exit of its own.
    /// </summary>
    private void EndOfInterrupt(VirtualTime now, IEffects effects)
    {
        uint? written = _vcpu.Timer.HandlerEnds();
        if (written is { } first && _vcpu.Lapic.InService >= 0 && !_vcpu.Configuration.HasApicv)
        {
            _vcpu.Execution.Begin(new GuestOperation(GuestOperationKind.EndOfInterrupt));
            _vcpu.VmExits.ExitForMsrWrite(now, first, TimerRequest.None, effects);
            return;
        }
        EndHandler(now, written, effects);
    }

    private void EndHandler(VirtualTime now, uint? written, IEffects effects)
    {
        int vector = _vcpu.Lapic.InService;
        _vcpu.Lapic.EndOfInterrupt();
        _vcpu.Execution.EndInterrupt();
        _vcpu.Signals.EndHandler();
        _vcpu.Software.OnHandlerEnd(now);
        if (vector >= 0 && !_vcpu.Configuration.HasApicv)
        {
            _vcpu.Injection.ExitForEoi();
            _vcpu.VmExits.ExitForMsrWrite(now, MsrIndex.X2ApicEoi, TimerRequest.None, effects);
        }
        else if (vector >= 0 && _vcpu.Configuration.EoiExitBitmap.Contains((byte)vector))
        {
            _vcpu.VmExits.Exit(now, VmExitReason.EoiInduced, effects);
        }
        else if (written is { } msr)
        {
            _vcpu.VmExits.ExitForMsrWrite(now, msr, TimerRequest.None, effects);
        }
    }
}
