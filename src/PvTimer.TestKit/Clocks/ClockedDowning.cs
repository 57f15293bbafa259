using System;
using System.Reflection;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.SBR;
using Akka.Remote;

namespace PvTimer.TestKit.Clocks;

/// <summary>
/// Akka's resolver of partitions, which waits by a <see cref="ClusterClock"/> until a partition is stable. Named in the
/// configuration, and made by Akka.
/// </summary>
/// <remarks>
/// The resolver asks the wall, and has no seam for a clock: it is told to wait for a day, and its deadline is moved
/// here when the clock says that it is over. Its other limit, after which it gives all nodes up as their reachability
/// goes on changing, is on the wall behind that day: it never comes here.
/// </remarks>
internal sealed class ClockedDowning : IDowningProvider
{
    private readonly SplitBrainResolverProvider _akka;
    private readonly ClockedSystem _system;

    /// <summary>Called by Akka.</summary>
    public ClockedDowning(ActorSystem system, Akka.Cluster.Cluster cluster)
    {
        ArgumentNullException.ThrowIfNull(system);
        _akka = new SplitBrainResolverProvider(system, cluster);
        _system = ClockedSystem.Of(system.Settings.Config);
    }

    /// <inheritdoc/>
    public TimeSpan DownRemovalMargin => _akka.DownRemovalMargin;

    /// <inheritdoc/>
    public Props DowningActorProps =>
        Props.CreateBy(new Producer(_akka.DowningActorProps, _system.Clock));

    /// <summary>Makes Akka's actor, and holds its deadline.</summary>
    private sealed class Producer(Props akka, ClusterClock clock) : IIndirectActorProducer
    {
        private static readonly TimeSpan Never = TimeSpan.FromDays(1);

        private volatile StableDeadline? _held;

        public Type ActorType => akka.Type;

        public ActorBase Produce()
        {
            object[] arguments = [.. akka.Arguments];
            var stableAfter = (TimeSpan)arguments[0];
            arguments[0] = Never;
            var actor = (ActorBase)Activator.CreateInstance(akka.Type, arguments)!;
            _held = new StableDeadline(actor, stableAfter);
            Watch(_held);
            return actor;
        }

        /// <summary>It has stopped; or it is made anew, which begins with this.</summary>
        public void Release(ActorBase actor) => _held = null;

        private void Watch(StableDeadline deadline) =>
            clock.After(
                ClusterClock.Step,
                () =>
                {
                    if (_held == deadline)
                    {
                        deadline.Attend(clock.Elapsed);
                        Watch(deadline);
                    }
                }
            );
    }

    /// <summary>When a resolver decides. The clock's thread.</summary>
    private sealed class StableDeadline(ActorBase resolver, TimeSpan stableAfter)
    {
        private const string FieldName = "_stableDeadline";

        private static readonly Deadline Over = new(DateTime.MinValue);

        private readonly FieldInfo _field = FieldOf(resolver.GetType());
        private object? _seen;
        private TimeSpan _due;

        /// <summary>The resolver puts another one there whenever the membership has changed.</summary>
        public void Attend(TimeSpan now)
        {
            object? current = _field.GetValue(resolver);
            if (!ReferenceEquals(current, _seen))
            {
                (_seen, _due) = (current, now + stableAfter);
            }
            else if (!ReferenceEquals(current, Over) && now >= _due)
            {
                _seen = Over;
                _field.SetValue(resolver, Over);
            }
        }

        private static FieldInfo FieldOf(Type? type) =>
            type is null
                ? throw new MissingFieldException($"Akka's resolver has no {FieldName}")
                : type.GetField(FieldName, BindingFlags.NonPublic | BindingFlags.Instance)
                    ?? FieldOf(type.BaseType);
    }
}
