using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Comparisons;

/// <summary>The first event at which two runs part.</summary>
/// <param name="Alike">Events before it that are alike in both.</param>
/// <param name="Left">What comes next in the first run; null: it is over.</param>
/// <param name="Right">What comes next in the second; null: it is over.</param>
/// <param name="States">Of the entities that these events reach, in both runs, before they do.</param>
public sealed record Divergence(
    long Alike,
    PartingEvent? Left,
    PartingEvent? Right,
    ImmutableArray<PartingState> States
)
{
    /// <summary>Runs two machines side by side until their events differ.</summary>
    /// <remarks>
    /// Events are alike if time, sender, receiver and content are. Entities that only one of the machines has, such
    /// as the timer kthread, are left out; then messages may name entities by other numbers, and of their content
    /// only the kind is compared.
    /// </remarks>
    /// <param name="left">Runs here.</param>
    /// <param name="right">Runs here.</param>
    /// <returns>Null: all events are alike.</returns>
    /// <exception cref="RunFailedException">A run broke.</exception>
    public static Divergence? Find(EmulatedMachine left, EmulatedMachine right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        Side one = new(left, right);
        Side other = new(right, left);
        bool isContentComparable = one.Others.SetEquals(other.Others);
        long alike = 0;
        while (true)
        {
            one.SkipOwn();
            other.SkipOwn();
            if (one.Run.Next is not { } first || other.Run.Next is not { } second)
            {
                break;
            }
            if (!AreAlike(one, first, other, second, isContentComparable))
            {
                break;
            }
            one.Run.Step();
            other.Run.Step();
            alike++;
        }
        PartingEvent? here = one.Shown();
        PartingEvent? there = other.Shown();
        return here is null && there is null
            ? null
            : new Divergence(
                alike,
                here,
                there,
                [
                    .. new[] { here?.Target, there?.Target }
                        .OfType<string>()
                        .Distinct(StringComparer.Ordinal)
                        .Select(name =>
                            PartingState.Of(name, one.StateOf(name), other.StateOf(name))
                        ),
                ]
            );
    }

    private static bool AreAlike(
        Side one,
        in PendingEvent first,
        Side other,
        in PendingEvent second,
        bool isContentComparable
    )
    {
        if (
            first.Key.Time != second.Key.Time
            || one.NameOf(first.Target) != other.NameOf(second.Target)
            || one.NameOf(first.Key.Source) != other.NameOf(second.Key.Source)
        )
        {
            return false;
        }
        return isContentComparable
            ? DigestOf(first.Message) == DigestOf(second.Message)
            : first.Message.GetType() == second.Message.GetType();
    }

    private static ulong DigestOf(Message message)
    {
        TraceDigest digest = default;
        message.AddTo(ref digest);
        return digest.Value;
    }

    /// <summary>One of the machines while it runs.</summary>
    private sealed class Side(EmulatedMachine machine, EmulatedMachine other)
    {
        /// <summary>The names of the other machine's entities.</summary>
        public ImmutableHashSet<string> Others { get; } =
        [.. other.Entities.Select(entity => entity.Name)];

        public SteppedMachine Run { get; } = new(machine);

        public string NameOf(EntityId entity) => machine.Entities[entity.Index].Name;

        /// <summary>Lets happen what reaches entities that the other machine does not have.</summary>
        public void SkipOwn()
        {
            while (Run.Next is { } next && !Others.Contains(NameOf(next.Target)))
            {
                Run.Step();
            }
        }

        public PartingEvent? Shown() =>
            Run.Next is { } next
                ? new PartingEvent(
                    next.Key.Time,
                    NameOf(next.Key.Source),
                    NameOf(next.Target),
                    next.Message.ToString()
                )
                : null;

        public ActorLook? StateOf(string name)
        {
            VirtualTime now = Run.Next?.Key.Time ?? machine.End;
            return machine
                .Look(now, entity => NameOf(entity) == name, new LookRequest([], [name], Timers: 0))
                .Actors.FirstOrDefault();
        }
    }
}

/// <summary>An event that is not alike.</summary>
/// <param name="At">When.</param>
/// <param name="Source">Who sent it; for what the scenario sends, the receiver.</param>
/// <param name="Target">Whom it reaches.</param>
/// <param name="Message">What it says.</param>
public sealed record PartingEvent(VirtualTime At, string Source, string Target, string Message)
{
    /// <summary>"at 94 ns, h0/timer-kthread to g-0/vcpu-0: SharedPageUpdate { ... }".</summary>
    public override string ToString() =>
        $"at {At}, {(Source == Target ? Target : $"{Source} to {Target}")}: {Message}";
}

/// <summary>What an entity was in both runs.</summary>
/// <param name="Entity">Its name.</param>
/// <param name="Fields">In the order of the entity.</param>
public sealed record PartingState(string Entity, ImmutableArray<PartingField> Fields)
{
    internal static PartingState Of(string entity, ActorLook? left, ActorLook? right)
    {
        string[] paths =
        [
            .. (left?.Fields ?? [])
                .Concat(right?.Fields ?? [])
                .Select(field => field.Path)
                .Distinct(StringComparer.Ordinal),
        ];
        return new PartingState(
            entity,
            [.. paths.Select(path => new PartingField(path, Find(left, path), Find(right, path)))]
        );
    }

    private static string? Find(ActorLook? look, string path) =>
        (look?.Fields ?? [])
            .Where(field => field.Path == path)
            .Select(field => field.Value)
            .FirstOrDefault();
}

/// <param name="Path">"lapic.tpr".</param>
/// <param name="Left">Null: it has no such field there.</param>
/// <param name="Right">Null: it has no such field there.</param>
public sealed record PartingField(string Path, string? Left, string? Right);
