using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Looks;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Looks;

/// <summary>A machine that stands still wherever a test wants to look at it.</summary>
internal sealed class LookedAtMachine
{
    private readonly EmulatedMachine _machine;
    private readonly Kernel _kernel;

    public LookedAtMachine(MachineDescription description)
    {
        _machine = EmulatedMachine.Build(description);
        _kernel = new Kernel(_machine, Partition.IntoBlocks(_machine, regions: 1), region: 0);
    }

    public static LookedAtMachine Of(TestMachine machine, params IGuestProgram[] programs) =>
        new(machine.Describe(new ProgrammedGuest(seat => programs[seat.Vcpu]), programs.Length));

    public VirtualTime End => _machine.End;

    public VirtualTime Reached { get; private set; }

    public MachineReport Report => _machine.Report(Reached);

    /// <summary>Of all that has happened so far.</summary>
    public string TraceHash =>
        Engine.TraceHash.Of([.. _machine.Entities.Select(entity => _kernel.DigestOf(entity.Id))]);

    /// <summary>Everything before that instant happens.</summary>
    public LookedAtMachine RunTo(VirtualTime at)
    {
        _kernel.BeginWindow(at);
        _kernel.Run();
        Reached = at;
        return this;
    }

    public LookedAtMachine RunTo(long microseconds) =>
        RunTo(VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds));

    /// <summary>All that can be shown: of every host, and of the actors that are named.</summary>
    public MachineLook Look(params string[] actors) => Look(Everything(actors), parts: 1);

    /// <summary>The same, put together from what each part of it shows.</summary>
    /// <param name="request">What is shown.</param>
    /// <param name="parts">Entities are dealt out to so many, one after the other.</param>
    public MachineLook Look(LookRequest request, int parts) =>
        MachineLook.Merge(
            Reached,
            [.. Enumerable.Range(0, parts).Select(part => LookAtPart(request, parts, part))],
            request.Timers
        );

    public MachineLook LookAtPart(LookRequest request, int parts, int part) =>
        _machine.Look(Reached, entity => entity.Index % parts == part, request);

    public LookRequest Everything(params string[] actors) =>
        new(
            [.. Names.Select(name => name.Split('/')[0]).Distinct(StringComparer.Ordinal)],
            [.. actors],
            LookRequest.MaxTimers
        );

    public ImmutableArray<string> Names => [.. _machine.Entities.Select(entity => entity.Name)];
}
