using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Machines;

/// <summary>
/// A machine whose run fails as soon as it runs away, long before the engine would notice: more steps at one
/// instant, or in all, than a machine of that size can have.
/// </summary>
internal sealed class BoundedMachine : IMachine
{
    private const int MostStepsPerInstant = 5_000;

    private readonly IMachine _machine;
    private readonly long _mostSteps;
    private VirtualTime _instant;
    private long _stepsThisInstant;
    private long _steps;

    public BoundedMachine(IMachine machine, long mostSteps)
    {
        _machine = machine;
        _mostSteps = mostSteps;
        Entities = [.. machine.Entities.Select(entity => new Bounded(entity, this))];
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script => _machine.Script;

    public VirtualTime End => _machine.End;

    public int UnitOf(EntityId entity) => _machine.UnitOf(entity);

    public int HostOf(EntityId entity) => _machine.HostOf(entity);

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        _machine.MinimumLatency(fromUnit, toUnit);

    private void Count(VirtualTime now)
    {
        _stepsThisInstant = now == _instant ? _stepsThisInstant + 1 : 1;
        _instant = now;
        if (++_steps > _mostSteps || _stepsThisInstant > MostStepsPerInstant)
        {
            throw new InvalidOperationException($"the machine runs away at {now}");
        }
    }

    private sealed class Bounded(IEntity entity, BoundedMachine machine)
        : IEntity,
            IInvariant,
            IStateful
    {
        public EntityId Id => entity.Id;

        public string Name => entity.Name;

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            machine.Count(now);
            entity.Step(now, message, effects);
        }

        public string? FindViolation() => (entity as IInvariant)?.FindViolation();

        public void Transfer(StateTransfer state) => ((IStateful)entity).Transfer(state);
    }
}
