using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Engine.Tests.Machines;

/// <summary>Two entities that wake each other every 10 ns, and count.</summary>
public sealed class CountingMachine : IMachine
{
    private readonly ImmutableArray<Counter> _counters = [new(0), new(1)];

    public CountingMachine(long end) => End = VirtualTime.FromNanoseconds(end);

    public ImmutableArray<IEntity> Entities => [.. _counters];

    public ImmutableArray<ScriptedMessage> Script { get; init; } = [];

    public VirtualTime End { get; }

    public long[] Counts => [.. _counters.Select(counter => counter.Count)];

    public int UnitOf(EntityId entity) => entity.Index;

    public int HostOf(EntityId entity) => 0;

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        VirtualDuration.FromNanoseconds(10);

    private sealed class Counter(int index) : IEntity, IStateful
    {
        public long Count { get; private set; }

        public EntityId Id { get; } = new(index);

        public string Name { get; } = $"counter-{index}";

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            Count++;
            effects.Send(
                new EntityId(1 - index),
                VirtualDuration.FromNanoseconds(10),
                new GuestProgress(Count)
            );
        }

        public void Transfer(StateTransfer state) => Count = state.Value(Count);
    }
}
