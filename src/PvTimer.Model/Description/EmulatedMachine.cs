using System;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Model.Description;

/// <summary>The machine, built from its description and ready to run once.</summary>
public sealed class EmulatedMachine : IMachine
{
    public static EmulatedMachine Build(MachineDescription description) =>
        throw new NotSupportedException();

    public ImmutableArray<IEntity> Entities => throw new NotSupportedException();

    public ImmutableArray<ScriptedMessage> Script => throw new NotSupportedException();

    public VirtualTime End => throw new NotSupportedException();

    public int UnitOf(EntityId entity) => throw new NotSupportedException();

    public int HostOf(EntityId entity) => throw new NotSupportedException();

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        throw new NotSupportedException();

    /// <summary>The numbers of the run, once; <paramref name="reached"/> is where it ended.</summary>
    public MachineReport Report(VirtualTime reached) => throw new NotSupportedException();
}
