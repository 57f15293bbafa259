using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>A machine that writes down what reaches its entities, in order: the first so many events.</summary>
internal sealed class WatchedMachine : IMachine
{
    private readonly EmulatedMachine _machine;
    private readonly List<string> _lines = [];
    private readonly int _mostLines;

    public WatchedMachine(EmulatedMachine machine, int mostLines)
    {
        _machine = machine;
        _mostLines = mostLines;
        Entities = [.. machine.Entities.Select(entity => new Watched(entity, this))];
    }

    /// <summary>"time, name of the entity, message".</summary>
    public IReadOnlyList<string> Lines => _lines;

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script => _machine.Script;

    public VirtualTime End => _machine.End;

    public int UnitOf(EntityId entity) => _machine.UnitOf(entity);

    public int HostOf(EntityId entity) => _machine.HostOf(entity);

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        _machine.MinimumLatency(fromUnit, toUnit);

    private sealed class Watched(IEntity entity, WatchedMachine machine) : IEntity, IInvariant
    {
        public EntityId Id => entity.Id;

        public string Name => entity.Name;

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            if (machine._lines.Count < machine._mostLines && message is not Start)
            {
                machine._lines.Add($"{now.Nanoseconds, 8} {Name, -14} {TextOf(message)}");
            }
            entity.Step(now, message, effects);
        }

        public string? FindViolation() => (entity as IInvariant)?.FindViolation();

        /// <summary>As the record writes itself, without the words that say nothing here.</summary>
        private static string TextOf(Message message) =>
            message
                .ToString()
                .Replace(" { }", "", StringComparison.Ordinal)
                .Replace(", Handling = 0 ns", "", StringComparison.Ordinal)
                .Replace(" = ", " ", StringComparison.Ordinal);
    }
}
