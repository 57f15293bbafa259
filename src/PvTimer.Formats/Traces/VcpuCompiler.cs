using System;
using System.Collections.Generic;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>Turns the events of one CPU, one after the other, into the steps of one recorded vCPU.</summary>
/// <param name="cpu">Its number in the recording.</param>
/// <param name="inferred">What it did while idle, if it did not record that; null: it did.</param>
/// <param name="names">Names of all events in the recording.</param>
/// <param name="frequency">The TSC's.</param>
/// <param name="events">How many events it has in the recording: about as many steps. A list that grew would be copied again and again.</param>
internal sealed class VcpuCompiler(
    int cpu,
    InferredIdle? inferred,
    IReadOnlySet<string> names,
    TscFrequency frequency,
    int events
)
{
    private const string EntrySuffix = "_entry";
    private const string ExitSuffix = "_exit";

    /// <summary>Lower vectors are exceptions: no IPI has them.</summary>
    private const ulong FirstIpiVector = 0x10;

    /// <summary>Linux's LOCAL_TIMER_VECTOR, which the replay's own timer has.</summary>
    private const ulong TimerVector = 0xec;

    /// <summary>No kernel that works keeps its interrupts off for longer.</summary>
    private static readonly VirtualDuration LongestMasked = VirtualDuration.FromMicroseconds(100);

    private readonly DeadlineWrites _writes = new(
        inferred is null ? long.MaxValue : frequency.CyclesIn(InferredIdle.LongestLateness),
        frequency.CyclesIn(LongestMasked)
    );
    private TscTicks? _lastEvent;
    private bool _halted;
    private bool _interruptedSinceHalt;
    private int _openInterrupts;
    private long _deadlines;
    private long _unpaired;
    private long _unmatchedExits;

    /// <summary>Its number in the recording.</summary>
    public int Cpu => cpu;

    /// <summary>In the order of their times. IPIs are not matched: each entry that may be one is taken for one.</summary>
    public List<RecordedStep> Steps { get; } = new(events);

    public void Add(in TraceEvent next, TscTicks at)
    {
        if (next.Name == "write_msr")
        {
            AddMsrWrite(next, at);
        }
        else if (next.Name == "cpu_idle")
        {
            AddIdle(next, at);
        }
        else if (next.Name == GuestEvents.OwnExit)
        {
            next.TryGetField(GuestEvents.OwnExitValue, out ulong exit);
            AddStep(RecordedStepKind.Exit, at, exit);
        }
        else if (next.Name.EndsWith(EntrySuffix, StringComparison.Ordinal))
        {
            AddInterrupt(next, at);
        }
        else if (
            next.Name.EndsWith(ExitSuffix, StringComparison.Ordinal) && IsInterrupt(next, out _)
        )
        {
            AddInterruptEnd(at);
        }
        _lastEvent = at;
    }

    public CompiledCpu Facts() =>
        new(cpu, inferred is not null, _unpaired, _unmatchedExits)
        {
            Idle = inferred?.Source ?? IdleSource.Recorded,
            Deadlines = _deadlines,
            UnansweredDeadlines = _writes.Unanswered,
        };

    private void AddMsrWrite(in TraceEvent next, TscTicks at)
    {
        next.TryGetMsrWrite(out MsrWriteEvent write);
        if (write.Failed)
        {
            return;
        }
        if (write.Msr == MsrIndex.Ia32TscDeadline)
        {
            _deadlines++;
            _writes.Add(at, new TscTicks(write.Value));
            AddStep(RecordedStepKind.ProgramDeadline, at, write.Value);
        }
        else if (write.Msr == MsrIndex.X2ApicIcr)
        {
            AddStep(RecordedStepKind.SendIpi, at, write.Value);
        }
    }

    private void AddIdle(in TraceEvent next, TscTicks at)
    {
        next.TryGetField("state", out ulong state);
        if (state == TraceEvent.LeftIdle)
        {
            if (_halted && !_interruptedSinceHalt)
            {
                // Something woke it that left no event: a device.
                AddStep(RecordedStepKind.DeviceInterrupt, at, 0);
                AddStep(RecordedStepKind.InterruptEnd, at, 0);
            }
            _halted = false;
        }
        else
        {
            GoIdle(at, polls: state == TraceEvent.PollingIdle);
        }
    }

    private void GoIdle(TscTicks at, bool polls)
    {
        AddStep(polls ? RecordedStepKind.Poll : RecordedStepKind.Halt, at, 0);
        _halted = !polls;
        _interruptedSinceHalt = false;
    }

    private void AddInterrupt(in TraceEvent next, TscTicks at)
    {
        if (!IsInterrupt(next, out ulong vector))
        {
            return;
        }
        if (
            inferred is not null
            && _lastEvent is { } last
            && inferred.Before(next, at, last) is { } idleFrom
        )
        {
            GoIdle(idleFrom, inferred.Polls);
        }
        _interruptedSinceHalt = true;
        if (next.Name == "local_timer_entry")
        {
            ulong write = _writes.TakeFor(at);
            _unpaired += write == RecordedStep.NoWrite ? 1 : 0;
            AddStep(RecordedStepKind.TimerInterrupt, at, write);
        }
        else
        {
            AddStep(
                MayBeIpi(next, vector)
                    ? RecordedStepKind.IpiInterrupt
                    : RecordedStepKind.DeviceInterrupt,
                at,
                vector
            );
        }
        string exit = string.Concat(
            next.Name.AsSpan(0, next.Name.Length - EntrySuffix.Length),
            ExitSuffix
        );
        if (names.Contains(exit))
        {
            _openInterrupts++;
        }
        else
        {
            // The trace never says when such an interrupt ends: at once, so that steps stay nested.
            AddStep(RecordedStepKind.InterruptEnd, at, 0);
        }
    }

    private void AddInterruptEnd(TscTicks at)
    {
        if (_openInterrupts == 0)
        {
            // It began before the trace did.
            _unmatchedExits++;
            return;
        }
        _openInterrupts--;
        AddStep(RecordedStepKind.InterruptEnd, at, 0);
    }

    /// <summary>irq_vectors:* say "vector=236", irq:irq_handler_* say "irq=24".</summary>
    private static bool IsInterrupt(in TraceEvent next, out ulong number) =>
        next.TryGetField("vector", out number)
        || (
            next.Name.StartsWith("irq_handler_", StringComparison.Ordinal)
            && next.TryGetField("irq", out number)
        );

    /// <summary>irq_handler_entry names an interrupt line, not a vector.</summary>
    private static bool MayBeIpi(in TraceEvent next, ulong vector) =>
        vector is >= FirstIpiVector and <= byte.MaxValue and not TimerVector
        && !next.Name.StartsWith("irq_handler_", StringComparison.Ordinal);

    private void AddStep(RecordedStepKind kind, TscTicks at, ulong value) =>
        Steps.Add(new RecordedStep(kind, at, value));
}
