using System;
using System.Collections.Generic;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Machines;

/// <summary>An interrupt that a scripted guest took.</summary>
public readonly record struct TakenInterrupt(VirtualTime At, byte Vector, TscTicks? Deadline);

/// <summary>A register access that a scripted guest made.</summary>
public readonly record struct MadeAccess(VirtualTime At, uint Msr, ulong Value, MsrResult Result)
{
    /// <summary>What RDTSC said then.</summary>
    public required TscTicks Tsc { get; init; }
}

/// <summary>
/// A guest that does what a test writes down, step by step, then halts for good; it remembers what happened.
/// </summary>
public sealed class ScriptedProgram : IGuestProgram
{
    private readonly Queue<Func<GuestContext, GuestStep>> _steps = new();
    private readonly Queue<GuestStep> _handler = new();

    public List<TakenInterrupt> Interrupts { get; } = [];

    public List<MadeAccess> Accesses { get; } = [];

    /// <summary>When the script's last step was asked for; null while it is not.</summary>
    public VirtualTime? EndedAt { get; private set; }

    /// <summary>What the handler does before its EOI; by default nothing.</summary>
    public Func<GuestContext, TakenInterrupt, GuestStep[]> Handler { get; set; } = (_, _) => [];

    public ScriptedProgram Then(Func<GuestContext, GuestStep> step)
    {
        _steps.Enqueue(step);
        return this;
    }

    public ScriptedProgram Then(GuestStep step) => Then(_ => step);

    public ScriptedProgram Compute(long microseconds) =>
        Then(GuestStep.Compute(VirtualDuration.FromMicroseconds(microseconds)));

    public ScriptedProgram Halt() => Then(GuestStep.Halt);

    /// <summary>WRMSR of IA32_TSC_DEADLINE, so many microseconds from then; negative: in the past.</summary>
    public ScriptedProgram WriteDeadlineIn(long microseconds) =>
        Then(context =>
            GuestStep.WriteMsr(
                MsrIndex.Ia32TscDeadline,
                context
                    .Tsc.PlusSaturating(
                        context.Clock.Frequency.CyclesIn(
                            VirtualDuration.FromMicroseconds(microseconds)
                        )
                    )
                    .Value
            )
        );

    /// <summary>The clock event device, as Linux programs it.</summary>
    public ScriptedProgram ProgramIn(long microseconds) =>
        Then(context =>
            GuestStep.ProgramDeadline(context.TscIn(VirtualDuration.FromMicroseconds(microseconds)))
        );

    public ScriptedProgram Write(uint msr, ulong value) => Then(GuestStep.WriteMsr(msr, value));

    public ScriptedProgram Read(uint msr) => Then(GuestStep.ReadMsr(msr));

    public GuestStep Next(in GuestContext context)
    {
        if (_handler.TryDequeue(out GuestStep step))
        {
            return step;
        }
        if (_steps.TryDequeue(out Func<GuestContext, GuestStep>? next))
        {
            return next(context);
        }
        EndedAt ??= context.Now;
        return GuestStep.Halt;
    }

    public void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt)
    {
        TakenInterrupt taken = new(context.Now, interrupt.Vector, interrupt.Deadline);
        Interrupts.Add(taken);
        foreach (GuestStep step in Handler(context, taken))
        {
            _handler.Enqueue(step);
        }
        _handler.Enqueue(GuestStep.EndOfInterrupt);
    }

    public void OnMsrAccess(
        in GuestContext context,
        MsrAccessKind kind,
        uint msr,
        ulong value,
        MsrResult result
    ) => Accesses.Add(new MadeAccess(context.Now, msr, value, result) { Tsc = context.Tsc });

    /// <summary>How far the script has come; what it remembers is the test's, and stays with this object.</summary>
    public void Transfer(StateTransfer state)
    {
        int left = state.Value(_steps.Count);
        while (_steps.Count > left)
        {
            _steps.Dequeue();
        }
        state.Queue(_handler, GuestStep.Transfer);
        EndedAt = state.Optional(EndedAt, static (s, time) => s.Value(time));
    }
}
