using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine.Tests.Machines;

/// <summary>Entities whose behaviour a test writes down; each is a unit on a host of its own.</summary>
public sealed class LambdaMachine : IMachine
{
    public delegate void Behaviour(VirtualTime now, Message message, IEffects effects);

    private readonly List<string> _log = [];

    public LambdaMachine(long end, params Behaviour[] behaviours)
    {
        End = VirtualTime.FromNanoseconds(end);
        Entities = [.. behaviours.Select((step, index) => new Node(this, index, step))];
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script { get; init; } = [];

    public VirtualTime End { get; }

    public VirtualDuration Latency { get; init; } = VirtualDuration.FromNanoseconds(10);

    /// <summary>"time name message" of every step taken; with more than one region in no fixed order.</summary>
    public IReadOnlyList<string> Log => _log;

    public bool KeepsLog { get; init; } = true;

    /// <summary>Asked after each step; null: all is well.</summary>
    public Func<string?> FindViolation { get; init; } = () => null;

    public int UnitOf(EntityId entity) => entity.Index;

    public int HostOf(EntityId entity) => entity.Index;

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) => Latency;

    public static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    /// <summary>A message with a name; nothing else is in it.</summary>
    public sealed record Note(string Text) : Message
    {
        public override void AddTo(ref TraceDigest digest)
        {
            foreach (char character in Text)
            {
                digest.Add((long)character);
            }
        }

        public override string ToString() => Text;
    }

    private sealed class Node(LambdaMachine machine, int index, Behaviour step)
        : IEntity,
            IInvariant
    {
        public EntityId Id { get; } = new(index);

        public string Name { get; } = $"h{index}/node-{index}";

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            if (machine.KeepsLog)
            {
                string what = message is Start ? "start" : message.ToString();
                lock (machine._log)
                {
                    machine._log.Add($"{now.Nanoseconds} node-{index} {what}");
                }
            }
            step(now, message, effects);
        }

        public string? FindViolation() => machine.FindViolation();
    }
}
