using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>Turns the events of one CPU, one after the other, into the steps of one recorded vCPU.</summary>
internal sealed class VcpuCompiler(
    int cpu,
    bool recordsIdle,
    IReadOnlySet<string> names,
    IpiMatcher ipis,
    TscFrequency frequency
)
{
    private const string EntrySuffix = "_entry";
    private const string ExitSuffix = "_exit";

    private readonly ImmutableArray<RecordedStep>.Builder _steps =
        ImmutableArray.CreateBuilder<RecordedStep>();
    private readonly DeadlineWrites _writes = new(
        recordsIdle ? long.MaxValue : frequency.CyclesIn(InferredHalts.LongestLateness)
    );
    private TscTicks? _lastEvent;
    private bool _halted;
    private bool _interruptedSinceHalt;
    private int _openInterrupts;
    private long _unpaired;
    private long _unmatchedExits;

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

    public ImmutableArray<RecordedStep> Steps() => _steps.ToImmutable();

    public CompiledCpu Facts() => new(cpu, !recordsIdle, _unpaired, _unmatchedExits);

    private void AddMsrWrite(in TraceEvent next, TscTicks at)
    {
        next.TryGetMsrWrite(out MsrWriteEvent write);
        if (write.Failed)
        {
            return;
        }
        if (write.Msr == MsrIndex.Ia32TscDeadline)
        {
            _writes.Add(at, new TscTicks(write.Value));
            AddStep(RecordedStepKind.ProgramDeadline, at, write.Value);
        }
        else if (write.Msr == MsrIndex.X2ApicIcr)
        {
            AddStep(RecordedStepKind.SendIpi, at, write.Value);
        }
    }

    /// <summary>State 0 is Linux's polling idle loop: the vCPU does not halt there.</summary>
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
        else if (state != 0)
        {
            Halt(at);
        }
    }

    private void Halt(TscTicks at)
    {
        AddStep(RecordedStepKind.Halt, at, 0);
        _halted = true;
        _interruptedSinceHalt = false;
    }

    private void AddInterrupt(in TraceEvent next, TscTicks at)
    {
        if (!IsInterrupt(next, out ulong vector))
        {
            return;
        }
        if (
            !recordsIdle
            && _lastEvent is { } last
            && InferredHalts.Before(next, at, last, frequency) is { } haltedAt
        )
        {
            Halt(haltedAt);
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
            bool ipi = vector <= byte.MaxValue && ipis.Explains(cpu, (byte)vector, at);
            AddStep(
                ipi ? RecordedStepKind.IpiInterrupt : RecordedStepKind.DeviceInterrupt,
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

    private void AddStep(RecordedStepKind kind, TscTicks at, ulong value) =>
        _steps.Add(new RecordedStep(kind, at, value));
}
