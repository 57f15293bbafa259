using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine.Tests.Machines;

/// <summary>
/// Hosts of units of entities that pass tokens around at random: within an entity with any delay, zero
/// included; between entities with at least the latency of the link.
/// </summary>
public sealed class RandomMachine : IMachine
{
    private readonly Shape _shape;

    /// <param name="Seed">Decides everything that is random.</param>
    /// <param name="Hosts">At least 1.</param>
    /// <param name="UnitsPerHost">At least 1.</param>
    /// <param name="EntitiesPerUnit">At least 1.</param>
    /// <param name="Tokens">Tokens that each entity brings into the world.</param>
    /// <param name="Duration">How long it runs.</param>
    /// <param name="FailAfter">The entity that takes its so-manieth step throws; 0: none does.</param>
    public sealed record Shape(
        ulong Seed,
        int Hosts = 2,
        int UnitsPerHost = 2,
        int EntitiesPerUnit = 2,
        int Tokens = 3,
        long Duration = 50_000,
        int FailAfter = 0
    );

    public RandomMachine(Shape shape)
    {
        _shape = shape;
        int count = shape.Hosts * shape.UnitsPerHost * shape.EntitiesPerUnit;
        Entities =
        [
            .. Enumerable
                .Range(0, count)
                .Select(index => new Node(this, new EntityId(index), count)),
        ];
        Script =
        [
            new ScriptedMessage(
                VirtualTime.FromNanoseconds(7),
                new EntityId(count - 1),
                new Token(1)
            ),
            new ScriptedMessage(VirtualTime.Zero, new EntityId(0), new Token(2)),
        ];
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script { get; }

    public VirtualTime End => VirtualTime.FromNanoseconds(_shape.Duration);

    public int UnitOf(EntityId entity) => entity.Index / _shape.EntitiesPerUnit;

    public int HostOf(EntityId entity) => UnitOf(entity) / _shape.UnitsPerHost;

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        VirtualDuration.FromNanoseconds(
            fromUnit / _shape.UnitsPerHost == toUnit / _shape.UnitsPerHost ? 40 : 700
        );

    public sealed record Token(long Hops) : Message
    {
        public override void AddTo(ref TraceDigest digest)
        {
            digest.Add(1_000L);
            digest.Add(Hops);
        }
    }

    private sealed class Node(RandomMachine machine, EntityId id, int count) : IEntity
    {
        private PhiloxSequence _chance = new(
            machine._shape.Seed,
            id.Index,
            ChancePurpose.Benchmark
        );
        private int _steps;

        public EntityId Id => id;

        public string Name => $"h{machine.HostOf(id)}/node-{id}";

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            if (++_steps == machine._shape.FailAfter)
            {
                throw new InvalidOperationException("I break here");
            }
            if (message is Token token)
            {
                PassOn(token, effects);
                return;
            }
            for (int index = 0; index < machine._shape.Tokens; index++)
            {
                PassOn(new Token(0), effects);
            }
        }

        private void PassOn(Token token, IEffects effects)
        {
            var next = new Token(token.Hops + 1);
            var other = new EntityId((int)_chance.NextBelow((ulong)count));
            if (other == id)
            {
                effects.After(Between(0, 2), next);
                return;
            }
            VirtualDuration least = machine.MinimumLatency(
                machine.UnitOf(id),
                machine.UnitOf(other)
            );
            effects.Send(other, least + Between(0, 300), next);
        }

        private VirtualDuration Between(long shortest, long longest) =>
            _chance.NextBetween(
                VirtualDuration.FromNanoseconds(shortest),
                VirtualDuration.FromNanoseconds(longest)
            );
    }
}
