using System;
using System.Collections.Immutable;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Discovery;
using Akka.Event;
using Akka.Management.Cluster.Bootstrap;
using Akka.Management.Dsl;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests.Discovery;

/// <summary>Who begins a cluster, and who is told of it.</summary>
[Trait("Runs", "Alone")]
public sealed class BootstrapTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1 10.0.0.11 10.0.0.12", true)]
    [InlineData("10.0.0.11", "10.0.0.1 10.0.0.11 10.0.0.12", false)]
    // Akka's own decider finds the text 10.0.0.1 in 10.0.0.11, and would begin a second cluster.
    [InlineData("10.0.0.1", "10.0.0.11 10.0.0.12", false)]
    [InlineData("pvtimer-1", "pvtimer-1 pvtimer-10", true)]
    [InlineData("pvtimer-1", "pvtimer-10 pvtimer-2", false)]
    public async Task Only_the_lowest_of_the_discovered_nodes_begins_a_cluster(
        string own,
        string discovered,
        bool begins
    )
    {
        Address address = new("akka.tcp", ClusterNode.SystemName, own, 4053);
        using ActorSystem system = ActorSystem.Create(
            "deciding",
            PeerDiscovery
                .Kubernetes.Configuration(new NodeOptions { Host = own, Port = 4053 })
                .WithFallback("akka { loglevel = OFF, stdout-loglevel = OFF }")
        );
        ClusterBootstrap
            .Get(system)
            .Routes(
                ManagementRouteProviderSettings.Create(new Uri($"akka.tcp://{own}:4053"), true)
            );
        ExactJoinDecider decider = new(
            system,
            ClusterBootstrapSettings.Create(system.Settings.Config, NoLogger.Instance),
            address
        );
        ImmutableHashSet<ServiceDiscovery.ResolvedTarget> points =
        [
            .. discovered
                .Split(' ')
                .Select(host => new ServiceDiscovery.ResolvedTarget(
                    host,
                    4053,
                    IPAddress.TryParse(host, out IPAddress? ip) ? ip : null
                )),
        ];
        DateTimeOffset now = DateTimeOffset.UtcNow;
        IJoinDecision decision = await decider.Decide(
            new SeedNodesInformation(
                now,
                now.AddMinutes(-1),
                points,
                [
                    .. points.Select(point => new SeedNodesObservation(
                        now,
                        point,
                        address.WithHost(point.Host),
                        []
                    )),
                ]
            )
        );
        Assert.Equal(begins, decision is JoinSelf);
    }

    [Fact]
    public async Task Node_that_does_not_know_the_token_is_not_told_of_the_cluster_and_ends()
    {
        await using ClusterNode node = Started(options => options);
        node.Join();
        string endpoint = ClusterDoor.EndpointOf(node.Seat.Address);
        await using ClusterNode stranger = Started(options =>
            options with
            {
                Name = "mallory",
                Token = ControlToken.New(),
                Discovery = PeerDiscovery.Parse(endpoint),
            }
        );
        stranger.FindPeers();
        await stranger.Stopped.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(
            $"{endpoint} does not let mallory join: that is not this cluster's control token",
            stranger.Refusal
        );
        Assert.False(node.Stopped.IsCompleted);
    }

    [Fact]
    public async Task Node_that_discovers_another_joins_the_cluster_that_it_is_in()
    {
        await using ClusterNode node = Started(options => options);
        node.Join();
        await using ClusterNode second = Started(options =>
            options with
            {
                Name = "second",
                Discovery = PeerDiscovery.Parse(ClusterDoor.EndpointOf(node.Seat.Address)),
            }
        );
        second.FindPeers();
        var cluster = Akka.Cluster.Cluster.Get(second.System);
        for (int look = 0; look < 200 && cluster.State.Members.Count < 2; look++)
        {
            await Task.Delay(100);
        }
        Assert.Equal(2, cluster.State.Members.Count);
    }

    private static ClusterNode Started(Func<NodeOptions, NodeOptions> adjust) =>
        ClusterNode.Start(
            adjust(
                new NodeOptions
                {
                    Name = "first",
                    Config = "akka { loglevel = OFF, stdout-loglevel = OFF }",
                }
            )
        );
}
