using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests.Clients;

/// <summary>What a client does when the node that it asks does not answer, or not yet.</summary>
[Trait("Runs", "Alone")]
public sealed class ClusterDoorTests
{
    [Fact]
    public async Task Look_is_repeated_until_a_node_that_has_just_started_answers()
    {
        await using Node node = new(silent: 2);
        await using ClusterDoor door = new([node.Endpoint], token: ControlToken.OfUser());

        ClusterStatus seen = await door.Ask<ClusterStatus>(AskCluster.Instance);

        Assert.Empty(seen.Members);
    }

    [Fact]
    public async Task Port_where_no_process_listens_is_said_without_waiting()
    {
        await using ClusterDoor door = new(["127.0.0.1:1"]);
        long began = Stopwatch.GetTimestamp();

        await Assert.ThrowsAsync<ClusterUnreachableException>(() =>
            door.Ask<ClusterStatus>(AskCluster.Instance)
        );

        Assert.True(Stopwatch.GetElapsedTime(began) < FrontActor.Patience / 2);
    }

    [Fact]
    public async Task Order_that_is_not_answered_is_given_once_and_said_to_be_in_doubt()
    {
        await using Node one = new(silent: 0);
        await using Node other = new(silent: 0);
        await using ClusterDoor door = new(
            [one.Endpoint, other.Endpoint],
            token: ControlToken.OfUser()
        );

        ClusterUnreachableException e = await Assert.ThrowsAsync<ClusterUnreachableException>(() =>
            door.Ask<CommandAnswer>(new ClusterCommand(ClusterVerb.Stop, "a run"))
        );

        Assert.Contains("may have been taken", e.Message, StringComparison.Ordinal);
        Assert.Single([.. one.Orders, .. other.Orders]);
    }

    /// <summary>The outermost actor of a node, and nothing behind it: it never answers an order.</summary>
    private sealed class Node : IAsyncDisposable
    {
        private readonly ActorSystem _system = ActorSystem.Create(
            ClusterNode.SystemName,
            NodeConfiguration.Of(new NodeOptions { Config = "akka.loglevel = OFF" })
        );

        /// <param name="silent">So many looks it does not answer.</param>
        public Node(int silent) =>
            _system.ActorOf(Props.Create(() => new Front(silent, Orders)), FrontActor.Name);

        public List<ClusterCommand> Orders { get; } = [];

        public string Endpoint =>
            ClusterDoor.EndpointOf(
                ((ExtendedActorSystem)_system).Provider.DefaultAddress.ToString()
            );

        public async ValueTask DisposeAsync() => await _system.Terminate();
    }

    private sealed class Front : ReceiveActor
    {
        private int _silent;

        public Front(int silent, List<ClusterCommand> orders)
        {
            _silent = silent;
            Receive<ClusterCommand>(orders.Add);
            Receive<AskCluster>(_ =>
            {
                if (_silent-- <= 0)
                {
                    Sender.Tell(new ClusterStatus([], null, [], null, null));
                }
            });
        }
    }
}
