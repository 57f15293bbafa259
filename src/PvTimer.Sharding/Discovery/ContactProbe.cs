using System;
using System.Linq;
using Akka.Actor;
using Akka.Discovery;
using Akka.Management.Cluster.Bootstrap;
using static Akka.Management.Cluster.Bootstrap.Internal.BootstrapCoordinator.Protocol;

namespace PvTimer.Sharding.Discovery;

/// <summary>
/// Asks one node that was discovered, again and again, whom one could join, and tells its parent. If there is no
/// answer for too long it says so and stops; a node that is still there is discovered again.
/// </summary>
internal sealed class ContactProbe : ReceiveActor, IWithTimers
{
    private readonly ServiceDiscovery.ResolvedTarget _target;
    private readonly ClusterBootstrapSettings.ContactPointSettings _settings;
    private readonly ActorSelection _peer;
    private readonly TimeProvider _clock = ClusterTime.ClockOf(Context.System);
    private TimeSpan _answered;

    private sealed record Ask
    {
        public static Ask Instance { get; } = new();
    }

    /// <param name="target">As it was discovered.</param>
    /// <param name="peer">Its address.</param>
    /// <param name="settings">How often, and for how long.</param>
    public ContactProbe(
        ServiceDiscovery.ResolvedTarget target,
        Address peer,
        ClusterBootstrapSettings.ContactPointSettings settings
    )
    {
        _target = target;
        _settings = settings;
        _answered = MonotonicTime.On(_clock);
        _peer = Context.ActorSelection($"{peer}/user/{ContactPoint.Name}");
        Receive<Ask>(_ => OnAsk());
        Receive<Contact>(OnContact);
    }

    public ITimerScheduler Timers { get; set; } = null!; // reason: set by Akka

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(
            nameof(Ask),
            Ask.Instance,
            TimeSpan.Zero,
            _settings.ProbeInterval
        );
    }

    private void OnAsk()
    {
        TimeSpan silence = MonotonicTime.On(_clock) - _answered;
        if (silence > _settings.ProbeInterval + _settings.ProbingFailureTimeout)
        {
            Context.Parent.Tell(
                new ProbingFailed(_target, new TimeoutException($"no answer for {silence}"))
            );
            Context.Stop(Self);
            return;
        }
        _peer.Tell(AskContact.Instance);
    }

    private void OnContact(Contact contact)
    {
        _answered = MonotonicTime.On(_clock);
        Context.Parent.Tell(
            new ObtainedSeedNodesObservation(
                _clock.GetUtcNow(),
                _target,
                Address.Parse(contact.Node),
                [.. contact.Members.Select(Address.Parse)]
            )
        );
    }
}
