using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Looks;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Description;

/// <summary>The machine, built from its description and ready to run once.</summary>
public sealed class EmulatedMachine : IMachine
{
    /// <summary>Hosts that are not connected exchange nothing: any bound is true.</summary>
    private static readonly VirtualDuration NoLink = VirtualDuration.FromSeconds(1);

    private readonly MachineDescription _description;
    private readonly MachineBuilder _builder;
    private readonly ImmutableArray<int> _units;
    private readonly ImmutableArray<int> _hosts;
    private readonly ImmutableArray<int> _hostOfUnit;
    private readonly ImmutableArray<HostTopology> _topologies;
    private readonly ImmutableArray<VirtualDuration> _shortestLatencies;
    private readonly ImmutableArray<ImmutableArray<EntityId>> _incarnations;

    private EmulatedMachine(MachineDescription description, MachineBuilder builder)
    {
        _description = description;
        _builder = builder;
        Entities = builder.TakeEntities();
        Script = builder.Script();
        _units = builder.TakeUnits();
        _hosts = builder.TakeHosts();
        _hostOfUnit = builder.HostOfUnit;
        _topologies = builder.Topologies;
        _incarnations = builder.Incarnations;
        _shortestLatencies = [.. _topologies.Select(host => ShortestLatency(host.Costs))];
    }

    public static EmulatedMachine Build(MachineDescription description)
    {
        MachineBuilder builder = new(description);
        builder.Build();
        return new EmulatedMachine(description, builder);
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script { get; }

    /// <inheritdoc/>
    public bool KeepsMessages => false;

    /// <inheritdoc/>
    public bool StepsThroughAll => _description.StepsThroughAll;

    public VirtualTime End => VirtualTime.Zero + _description.Duration;

    public int UnitOf(EntityId entity) => _units[entity.Index];

    public int HostOf(EntityId entity) => _hosts[entity.Index];

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        _hostOfUnit[fromUnit] == _hostOfUnit[toUnit]
            ? _shortestLatencies[_hostOfUnit[fromUnit]]
            : _description.Network?.Latency ?? NoLink;

    /// <summary>
    /// The message that an event becomes which is not in the description, and comes behind all that are.
    /// </summary>
    /// <exception cref="NotSupportedException">It is a migration: the machine is not prepared for it.</exception>
    public ScriptedMessage Scripted(MachineEvent happening) => _builder.Scripted(happening);

    /// <summary>The numbers of the run, once; <paramref name="reached"/> is where it ended.</summary>
    public MachineReport Report(VirtualTime reached) =>
        new MachineReporter(Entities, _topologies, _hosts, _incarnations).Report(reached);

    /// <summary>What those of its entities show that live in one place.</summary>
    /// <param name="reached">The barrier at which they stand.</param>
    /// <param name="isHere">Which of them live there.</param>
    /// <param name="request">What to show over the sums of each host.</param>
    public MachineLook Look(
        VirtualTime reached,
        Func<EntityId, bool> isHere,
        LookRequest request
    ) => new MachineLooker(Entities, _topologies, _hosts, isHere).Look(reached, request);

    /// <summary>
    /// The shortest of everything that takes a message from one pCPU, or a vCPU on it, to another. (A vCPU
    /// that moved away from its unit sends its exits across, too.)
    /// </summary>
    private static VirtualDuration ShortestLatency(CostProfile costs) =>
        new[]
        {
            costs.ExitTransition,
            costs.EntryTransition,
            costs.InterruptRecognition,
            costs.IpiSameSocket,
            costs.IpiCrossSocket,
            costs.LineTransferSameSocket,
            costs.LineTransferCrossSocket,
        }.Min();
}
