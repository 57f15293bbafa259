using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Serialization;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Wire;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>What others on the machine can have a node do: nothing, whichever actor they speak to.</summary>
[Trait("Runs", "Alone")]
public sealed class StrangerTests
{
    /// <summary>Everything that has an address.</summary>
    private static readonly string[] Doors =
    [
        "user/front",
        "user/coordinator/coordinator",
        "user/coordinator",
        "user/node",
        "user/windows",
        "user/faults",
        "user/contact-point",
        "system/cluster/core/daemon",
    ];

    [Theory]
    [InlineData("Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote")]
    [InlineData("PvTimer.Sharding.Security.AuthenticatedTransport, PvTimer.Sharding")]
    public async Task No_order_of_a_stranger_arrives_at_any_actor(string transport)
    {
        InProcessCluster cluster = new();
        cluster.Add("cpu", options => options with { Drills = true });
        await using HeldRun run = await HeldRun.At5Milliseconds(cluster);
        string address = run.Cluster.Nodes[0].Seat.Address;
        using ActorSystem stranger = Stranger(transport);
        foreach (object message in Messages(run.Id))
        {
            foreach (string door in Doors)
            {
                IActorRef target = ((ExtendedActorSystem)stranger).Provider.ResolveActorRef(
                    $"{address}/{door}"
                );
                target.Tell(message, stranger.ActorOf(Props.Empty));
                stranger.ActorSelection($"{address}/{door}").Tell(message);
            }
        }
        await Task.Delay(TimeSpan.FromSeconds(2));
        RunStatus status = await run.Cluster.Door.Ask<RunStatus>(new AskRun(run.Id));
        Assert.Equal((RunPhase.Held, 5_000_000), (status.Phase, status.ReachedNanoseconds));
        Assert.DoesNotContain(
            status.History,
            line => line.Contains("mallory", StringComparison.Ordinal)
        );
        await run.Finish();
    }

    [Fact]
    public async Task Stranger_who_speaks_the_handshake_may_look_and_nothing_else()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        string address = run.Cluster.Nodes[0].Seat.Address;
        using ActorSystem stranger = Stranger(
            "PvTimer.Sharding.Security.AuthenticatedTransport, PvTimer.Sharding"
        );
        IActorRef front = ((ExtendedActorSystem)stranger).Provider.ResolveActorRef(
            $"{address}/user/front"
        );
        ClusterStatus seen = await front.Ask<ClusterStatus>(
            AskCluster.Instance,
            TimeSpan.FromSeconds(5)
        );
        Assert.Single(seen.Members);
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            front.Ask<CommandAnswer>(
                new ClusterCommand(ClusterVerb.Stop, run.Id, By: "mallory"),
                TimeSpan.FromSeconds(1)
            )
        );
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            front.Ask<CommandAnswer>(
                new CheckCommand(
                    new ClusterCommand(ClusterVerb.Inject, "{ stall = h0/pcpu-0, for = 1ms }")
                ),
                TimeSpan.FromSeconds(1)
            )
        );
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            front.Ask<object>(
                new AskPart(
                    1,
                    Node: null,
                    new CheckpointPart("e1-r1-node-1.ckpt", "node-1", 1, ""),
                    0
                ),
                TimeSpan.FromSeconds(1)
            )
        );
        IActorRef contact = ((ExtendedActorSystem)stranger).Provider.ResolveActorRef(
            $"{address}/user/{ContactPoint.Name}"
        );
        await Assert.ThrowsAsync<AskTimeoutException>(() =>
            contact.Ask<Contact>(AskContact.Instance, TimeSpan.FromSeconds(1))
        );
        Assert.Equal(
            RunPhase.Held,
            (await run.Cluster.Door.Ask<RunStatus>(new AskRun(run.Id))).Phase
        );
        await run.Finish();
    }

    [Fact]
    public async Task Node_of_another_user_is_told_why_it_may_not_join()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(1);
        await using ClusterNode other = ClusterNode.Start(
            new NodeOptions
            {
                Name = "mallory",
                Token = ControlToken.New(),
                Config = "akka { loglevel = OFF, stdout-loglevel = OFF }",
            }
        );
        other.Join(cluster.Nodes[0].Seat.Address);
        await other.Stopped.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(
            $"{ClusterDoor.EndpointOf(cluster.Nodes[0].Seat.Address)} does not let mallory join: that is not this cluster's control token",
            other.Refusal
        );
        Assert.False(cluster.Nodes[0].Stopped.IsCompleted);
    }

    [Fact]
    public async Task Second_node_of_a_name_is_told_so_and_leaves_and_the_first_stays()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2);
        ClusterNode second = run.Cluster.Add("cpu", options => options with { Name = "node-2" });
        await second.Stopped.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains(
            "does not let node-2 join: there is a node-2 at ",
            second.Refusal,
            StringComparison.Ordinal
        );
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
        Assert.False(run.Cluster.Nodes[1].Stopped.IsCompleted);
    }

    [Fact]
    public async Task Message_that_names_a_type_makes_none_even_of_one_who_knows_the_token()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(1);
        ActorSystem node = cluster.Nodes[0].System;
        foreach (int number in new[] { 1, 2, 3, 36 })
        {
            Assert.Throws<SerializationException>(() =>
                node.Serialization.Deserialize(
                    "{}"u8.ToArray(),
                    number,
                    "System.IO.FileInfo, System.Private.CoreLib"
                )
            );
        }
        Assert.Equal(4, ConnectionGuard.Of(node).Refused);
    }

    /// <summary>A form that Akka adds with a new version has to be looked at before a node reads it.</summary>
    [Fact]
    public async Task Node_reads_these_forms_and_no_others()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(1);
        Config actor = cluster.Nodes[0].System.Settings.Config.GetConfig("akka.actor");
        IDictionary<string, HoconValue> serializers = actor
            .GetConfig("serializers")
            .Root.GetObject()
            .Items;
        IEnumerable<string> read = serializers.Select(each =>
            $"{each.Key} {each.Value.GetString().Split(',')[0].Split('.')[^1]}"
        );
        Assert.Equal(
            [
                "akka-cluster ClusterMessageSerializer",
                "akka-containers MessageContainerSerializer",
                "akka-data-replication ReplicatorMessageSerializer",
                "akka-misc MiscMessageSerializer",
                "akka-replicated-data ReplicatedDataSerializer",
                "akka-sharding ClusterShardingMessageSerializer",
                "akka-singleton ClusterSingletonMessageSerializer",
                "akka-system-msg SystemMessageSerializer",
                "bytes ByteArraySerializer",
                "daemon-create RefusedSerializer",
                "json RefusedSerializer",
                "primitive PrimitiveSerializers",
                "proto RefusedSerializer",
                "pvtimer WireSerializer",
                "reliable-delivery RefusedSerializer",
            ],
            read.Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Each_document_has_generated_code_of_its_own() =>
        Assert.All(
            WireManifests.ControlTypes,
            type => Assert.NotNull(WireContext.Default.GetTypeInfo(type))
        );

    [Fact]
    public void Node_reads_these_messages_and_no_others()
    {
        string[] documents =
        [
            .. WireManifests.ControlTypes.Select(type => type.Name).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(
            "AskCluster AskContact AskInputs AskLook AskPart AskRun CellEnvelope CheckCommand CheckpointFailed CheckpointWritten "
                + "ClusterCommand ClusterStatus CommandAnswer Contact CopyKept CutOff Dissolve Form Formed FormingFailed "
                + "Go Halted JoinRefused KeepCopy LookAnswer LookTaken MemoryAnswer NodeReport OfferMemory Pause PointAtWork "
                + "PointInputTaken PointLacks PointOrder PointOutcome "
                + "Recall RecallRun Recalled RunRecalled RunStatus Submit "
                + "TakeCheckpoint TakeLook",
            string.Join(' ', documents)
        );
        string[] binary =
        [
            .. typeof(IWireMessage)
                .Assembly.GetTypes()
                .Where(type => type.IsAssignableTo(typeof(IWireMessage)) && !type.IsInterface)
                .Select(type => type.Name)
                .Except(documents, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(["CellParcel", "InputParcel", "PartParcel", "WindowFrame"], binary);
        byte[] part = WireForm.Write(
            new InputParcel(new string('a', 64), 9, 4, new byte[5], "run")
        );
        InputParcel read = (InputParcel)WireForm.Read(part, WireManifests.Inputs);
        Assert.Equal(("run", 9, 4, 5), (read.Run, read.Total, read.Offset, read.Content.Length));
        Assert.All(
            (byte[][])
                [
                    [],
                    part[..70],
                    [.. "x"u8, .. part[1..]],
                    [.. part[..72], 255, .. part[73..]],
                ],
            bytes =>
                Assert.Throws<SerializationException>(() =>
                    WireForm.Read(bytes, WireManifests.Inputs)
                )
        );
    }

    private static ActorSystem Stranger(string transport)
    {
        Config config = ConfigurationFactory
            .ParseString(
                $$"""
                akka {
                  actor.provider = remote
                  loglevel = OFF
                  stdout-loglevel = OFF
                  remote.dot-netty.tcp {
                    transport-class = "{{transport}}"
                    hostname = "127.0.0.1"
                    port = 0
                    public-hostname = "0123.invalid"
                  }
                }
                """
            )
            .WithFallback(NodeConfiguration.Wire);
        return ActorSystem.Create(
            "client",
            MutualTls.Setup(config, tls: null, new ConnectionSetup(isNode: false, ControlToken.New))
        );
    }

    private static object[] Messages(string run) =>
        [
            new ClusterCommand(ClusterVerb.Stop, run, By: "mallory", Reason: "for fun"),
            new ClusterCommand(ClusterVerb.Hold, run, "9ms", By: "mallory"),
            new ClusterCommand(ClusterVerb.Down, "node-1", By: "mallory"),
            new Pause(1, Keep: true),
            new Dissolve(1),
            new Halted(1, "node-1", HaltReason.Broken, 1, 1, 1, null, null, "mallory", null),
            new FormingFailed(1, "node-1", "mallory"),
            new CutOff(["akka.tcp://pvtimer@127.0.0.1:1"], 60_000),
            PoisonPill.Instance,
            Kill.Instance,
        ];
}
