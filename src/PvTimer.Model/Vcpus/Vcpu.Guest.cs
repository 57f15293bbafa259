using System;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>Guest mode: one operation after the other, and interrupts between or inside them.</content>
public sealed partial class Vcpu
{
    /// <summary>A program that takes so many steps at one instant does not let time pass.</summary>
    private const int StepsAtOneInstant = 100_000;

    private enum OperationKind
    {
        /// <summary>The program is asked for its next step.</summary>
        None,
        Compute,
        Wait,
        Halt,

        /// <summary>From the interrupt's delivery to the handler's first line.</summary>
        InterruptEntry,

        /// <summary>The guest kernel's way to its clock event device (lapic_next_deadline).</summary>
        ClockEvent,

        /// <summary>The store that programs the device waits for its line.</summary>
        Store,

        /// <summary>None of the guest's: system management mode has its core.</summary>
        SystemManagement,
    }

    /// <param name="Kind">What.</param>
    /// <param name="Left">How long it still takes.</param>
    /// <param name="Value">The vector, or the deadline; in system management mode 1: an exit follows it.</param>
    private readonly record struct Operation(
        OperationKind Kind,
        VirtualDuration Left = default,
        ulong Value = 0
    );

    /// <summary>By vector, the requests since its handler last began.</summary>
    private readonly int[] _requests = new int[256];
    private Operation _operation;
    private Operation _interrupted;
    private bool _inHandler;
    private bool _scheduled;
    private VirtualTime _endsAt;
    private long _epoch;

    private bool IsInterruptible =>
        !_inHandler
        && _operation.Kind
            is OperationKind.None
                or OperationKind.Compute
                or OperationKind.Wait
                or OperationKind.Halt;

    /// <summary>The guest's kernel converts by the rate that it measured when it booted, whatever a migration made of it.</summary>
    private GuestContext Context(VirtualTime now)
    {
        TscFrequency measured = _configuration.Clock.Frequency;
        return new GuestContext(
            now,
            _lapic.GuestTsc.Frequency == measured
                ? _lapic.GuestTsc
                : new TscClock(_lapic.GuestTsc.At(now), measured) { Since = now }
        );
    }

    private void OnGuestProgress(VirtualTime now, long epoch, IEffects effects)
    {
        if (epoch != _epoch || !_scheduled)
        {
            return;
        }
        Suspend(now);
        Run(now, effects);
    }

    /// <summary>Stops the clock of the operation in progress; <see cref="Run"/> goes on with the rest.</summary>
    private void Suspend(VirtualTime now)
    {
        if (_scheduled)
        {
            _scheduled = false;
            _epoch++;
            _operation = _operation with { Left = _endsAt - now };
        }
    }

    /// <summary>Runs the guest until it has to wait for time to pass, or leaves guest mode.</summary>
    /// <param name="now">When.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    /// <param name="injects">It was just entered, and KVM may have injected an interrupt with that.</param>
    private void Run(VirtualTime now, IEffects effects, bool injects = false)
    {
        for (int step = 0; _inGuest; step++, injects = false)
        {
            if (step == StepsAtOneInstant)
            {
                throw new InvalidOperationException("the guest's program lets no time pass");
            }
            if (_awaitsStartUp && !IsInSystemManagement)
            {
                Exit(now, VmExitReason.Hlt, 0, default, null, effects);
                return;
            }
            if (_nmiInjected && IsInterruptible)
            {
                _nmiInjected = false;
                TakeInterrupt(NmiVector);
            }
            else if (IsInterruptible && _lapic.Deliverable >= 0)
            {
                if (LeavesForWindow(now, injects, effects))
                {
                    return;
                }
                TakeInterrupt(_lapic.Acknowledge());
            }
            switch (_operation.Kind)
            {
                case OperationKind.None:
                    Begin(now, _configuration.Program.Next(Context(now)), effects);
                    break;
                case OperationKind.Wait:
                case OperationKind.Halt when _configuration.HaltsInGuest:
                    return;
                case OperationKind.Halt:
                    Exit(now, VmExitReason.Hlt, 0, _timer.Halting(), null, effects);
                    return;
                default:
                    if (_operation.Left > VirtualDuration.Zero)
                    {
                        Schedule(now, effects);
                        return;
                    }
                    Complete(now, effects);
                    break;
            }
        }
    }

    private void Schedule(VirtualTime now, IEffects effects)
    {
        _scheduled = true;
        _endsAt = now + _operation.Left;
        effects.After(_operation.Left, new GuestProgress(++_epoch));
    }

    /// <summary>A guest that spins on its word of memory sees the command and begins.</summary>
    private void OnCommand(VirtualTime now, Command command, IEffects effects)
    {
        if (!_configuration.Program.OnCommand(command))
        {
            return;
        }
        if (_operation.Kind == OperationKind.Wait)
        {
            _operation = default;
            Run(now, effects);
        }
        else if (_stopped.Kind == OperationKind.Wait)
        {
            _stopped = default;
        }
    }

    /// <summary>A halt or a wait is over with the interrupt that it waited for; a computation goes on.</summary>
    private void TakeInterrupt(byte vector)
    {
        _interrupted = _operation.Kind == OperationKind.Compute ? _operation : default;
        _inHandler = true;
        _operation = new Operation(
            OperationKind.InterruptEntry,
            _configuration.Host.Costs.GuestInterruptEntry,
            vector
        );
    }

    private void Begin(VirtualTime now, GuestStep step, IEffects effects)
    {
        switch (step.Kind)
        {
            case GuestStepKind.Compute:
                _operation = new Operation(OperationKind.Compute, step.Length);
                break;
            case GuestStepKind.Wait:
                _operation = new Operation(OperationKind.Wait);
                break;
            case GuestStepKind.Halt:
                _operation = new Operation(OperationKind.Halt);
                break;
            case GuestStepKind.ProgramTick
                when _timer.TakesTick(now, new TscTicks(step.Value), effects):
                break;
            case GuestStepKind.ProgramDeadline or GuestStepKind.ProgramTick:
                _operation = new Operation(
                    OperationKind.ClockEvent,
                    _configuration.Host.Costs.GuestProgram,
                    step.Value
                );
                break;
            case GuestStepKind.WriteMsr:
                WriteMsr(now, step.Msr, step.Value, effects);
                break;
            case GuestStepKind.ReadMsr:
                ReadMsr(now, step.Msr, effects);
                break;
            case GuestStepKind.EndOfInterrupt:
                EndOfInterrupt(now, effects);
                break;
            case GuestStepKind.Exit:
                Exit(now, step.Reason, 0, default, null, effects, step.Length);
                break;
            default:
                VirtualDuration until = VirtualDuration.Max(step.At - now, VirtualDuration.Zero);
                _devices.Add(new ExpectedDevice(now + until, (byte)step.Value));
                effects.After(until, new DeviceInterrupt((byte)step.Value));
                break;
        }
    }

    private void Complete(VirtualTime now, IEffects effects)
    {
        Operation done = _operation;
        _operation = default;
        switch (done.Kind)
        {
            case OperationKind.InterruptEntry:
                EnterHandler(now, (byte)done.Value);
                break;
            case OperationKind.ClockEvent:
                _timer.Program(now, new TscTicks(done.Value), effects);
                break;
            case OperationKind.Store:
                _timer.Stored(now, new TscTicks(done.Value), effects);
                break;
            case OperationKind.SystemManagement:
                LeaveSystemManagement(now, done, effects);
                break;
            default:
                break;
        }
    }

    private void EnterHandler(VirtualTime now, byte vector)
    {
        TscTicks? fired = _timers.Fire(now, vector);
        _timer.HandlerBegins(vector);
        _configuration.Program.OnInterrupt(
            Context(now),
            new GuestInterrupt(vector, fired, Math.Max(1, _requests[vector]))
        );
        _requests[vector] = 0;
    }

    /// <summary>With APICv an EOI exits only for the vectors of the EOI-exit bitmap, without it always.</summary>
    private void EndOfInterrupt(VirtualTime now, IEffects effects)
    {
        int vector = _lapic.InService;
        _lapic.EndOfInterrupt();
        _inHandler = false;
        _operation = _interrupted;
        _interrupted = default;
        uint? written = _timer.HandlerEnds();
        if (vector >= 0 && !HasApicv)
        {
            // Where the end of a message has to be written as well, this is an exit too few.
            ExitForEoi(now, effects);
        }
        else if (vector >= 0 && _eoiExitBitmap.Contains((byte)vector))
        {
            Exit(now, VmExitReason.EoiInduced, 0, default, null, effects);
        }
        else if (written is { } msr)
        {
            Exit(now, VmExitReason.MsrWrite, msr, default, null, effects);
        }
    }
}
