using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>Who has no certificate of ours gets nowhere, and disturbs nobody.</summary>
[Trait("Runs", "Alone")]
public sealed class MutualTlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestAuthority _ours = new("ours");
    private readonly TestAuthority _theirs = new("theirs");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Theory]
    [InlineData("other authority")]
    [InlineData("self-signed")]
    [InlineData("no TLS")]
    public async Task Peer_without_our_certificate_never_becomes_a_member(string what)
    {
        await using InProcessCluster cluster = OfTwo();
        await WaitForMembers(cluster, 2);
        MutualTls? tls = what switch
        {
            "other authority" => _theirs.GiveToBelieverIn(_ours),
            "self-signed" => _ours.SelfSigned(),
            _ => null,
        };
        await using ClusterNode stranger = ClusterNode.Start(
            new NodeOptions
            {
                Name = "stranger",
                Tls = tls,
                Config = "akka { loglevel = OFF, stdout-loglevel = OFF }",
            }
        );
        // Host and port: an Akka address would keep one without TLS from dialling at all.
        stranger.Join(ClusterDoor.EndpointOf(cluster.Nodes[0].Seat.Address));
        for (int look = 0; look < 30; look++)
        {
            ClusterStatus seen = await Status(cluster.Door);
            Assert.DoesNotContain(seen.Members, m => m.Address == stranger.Seat.Address);
            await Task.Delay(100);
        }
        // The door is open all the same for one that is believed.
        cluster.Add("cpu", options => options with { Tls = _ours.Give() });
        await WaitForMembers(cluster, 3);
    }

    [Fact]
    public async Task Client_without_our_certificate_is_refused()
    {
        await using InProcessCluster cluster = OfTwo();
        await WaitForMembers(cluster, 2);
        string address = cluster.Nodes[0].Seat.Address;
        await Refuses(null, address);
        await Refuses(_theirs.GiveToBelieverIn(_ours), address);
        await Refuses(_ours.SelfSigned(), address);
        // The coordinator is on the first node: the answer comes by way of the one that was asked.
        await using ClusterDoor ours = new([cluster.Nodes[1].Seat.Address], _ours.Give(host: null));
        await Status(ours);
        Assert.DoesNotContain(cluster.Nodes, node => node.Stopped.IsCompleted);
    }

    [Fact]
    public async Task Connection_that_shows_no_certificate_is_closed()
    {
        await using ClusterNode node = Node(_ours.Give());
        using TcpClient tcp = new();
        var address = Address.Parse(node.Seat.Address);
        await tcp.ConnectAsync(address.Host!, address.Port!.Value);
        await using SslStream tls = new(
            tcp.GetStream(),
            false,
            // What matters here is whom the node believes.
            (_, shown, _, _) => shown is not null
        );
        bool isClosed;
        try
        {
            await tls.AuthenticateAsClientAsync(address.Host!);
            isClosed = await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience) == 0;
        }
        catch (IOException)
        {
            isClosed = true;
        }
        Assert.True(isClosed);
    }

    [Theory]
    [InlineData(null, SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls13, SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12, SslProtocols.Tls12)]
#pragma warning disable CA5397, SYSLIB0039 // reason: it is tried, and refused
    [InlineData(SslProtocols.Tls11, null)]
#pragma warning restore CA5397, SYSLIB0039
    public async Task Newest_version_that_both_ends_have_is_spoken_and_none_before_1_2(
        SslProtocols? offered,
        SslProtocols? spoken
    )
    {
        await using ClusterNode node = Node(_ours.Give());
        using TcpClient tcp = new();
        var address = Address.Parse(node.Seat.Address);
        await tcp.ConnectAsync(address.Host!, address.Port!.Value);
        await using SslStream tls = new(tcp.GetStream());
        // Null: as a node or a client dials.
        SslClientAuthenticationOptions options = _ours
            .Give(host: null)
            .ClientOptions(address.Host!, Assert.Fail);
        options.EnabledSslProtocols = offered ?? options.EnabledSslProtocols;
        if (spoken is null)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(options));
            return;
        }
        await tls.AuthenticateAsClientAsync(options);
        Assert.Equal(spoken, tls.SslProtocol);
        Assert.True(tls.IsMutuallyAuthenticated);
    }

    [Fact]
    public async Task Run_over_TLS_gives_the_hash_of_one_kernel()
    {
        await using InProcessCluster cluster = OfTwo(drills: true);
        string file = cluster.Resolve(
            "exponential.conf",
            [.. OneHashTests.FourHosts, "duration=6ms", "placement.policy=spread"]
        );
        RunStatus status = await cluster.Run(cluster.Spec(file, "pvtimer", 50));
        Assert.True(status.Phase == RunPhase.Done, status.ToString());
        Assert.Equal(OneHashTests.Sequential(file), ClusterResult.Read(status.Result!).Outcome);
    }

    [Fact]
    public async Task Frames_of_all_sizes_arrive_in_order_over_TLS_and_none_is_larger_than_it_may_be()
    {
        using ActorSystem one = System(_ours.Give());
        using ActorSystem other = System(_ours.Give());
        using TlsTransport from = new(one, TransportOf(one));
        using TlsTransport to = new(other, TransportOf(other));
        (_, TaskCompletionSource<IAssociationEventListener> opens) = await from.Listen();
        (Address address, TaskCompletionSource<IAssociationEventListener> accepts) =
            await to.Listen();
        Received received = new();
        opens.SetResult(received);
        accepts.SetResult(received);
        AssociationHandle sender = await from.Associate(address);
        sender.ReadHandlerSource.SetResult(received);
        int[] sizes = [0, 1, 70_000, 3, 8_000_000, 65_532, 65_536, .. Enumerable.Range(1, 2_000)];
        foreach (int size in sizes)
        {
            byte[] frame = new byte[size];
            Array.Fill(frame, (byte)(size % 251));
            while (!sender.Write(ByteString.CopyFrom(frame)))
            {
                await Task.Delay(1);
            }
        }
        Assert.False(sender.Write(ByteString.CopyFrom(new byte[8_000_001])));
        AuthenticatedAssociation.End(sender);
        await received.Ended.Task.WaitAsync(Patience);
        Assert.Equal(sizes, received.Frames.Select(frame => frame.Length));
        Assert.All(
            received.Frames,
            frame => Assert.False(frame.AsSpan().ContainsAnyExcept((byte)(frame.Length % 251)))
        );
        Assert.True(await from.Shutdown());
        Assert.True(await to.Shutdown());
    }

    private static ActorSystem System(MutualTls tls) =>
        ActorSystem.Create(
            "frames",
            MutualTls.Setup(
                "akka.loglevel = OFF",
                tls,
                new ConnectionSetup(isNode: true, ControlToken.New)
            )
        );

    private static Akka.Configuration.Config TransportOf(ActorSystem system) =>
        Akka.Configuration.ConfigurationFactory.ParseString(
            "hostname = 127.0.0.1, public-hostname = \"\", port = 0, public-port = 0, maximum-frame-size = 8000000b"
        );

    /// <summary>Both ends of a connection.</summary>
    private sealed class Received : IAssociationEventListener, IHandleEventListener
    {
        public List<byte[]> Frames { get; } = [];

        public TaskCompletionSource Ended { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Notify(IAssociationEvent ev) =>
            ((InboundAssociation)ev).Association.ReadHandlerSource.SetResult(this);

        public void Notify(IHandleEvent ev)
        {
            if (ev is InboundPayload payload)
            {
                Frames.Add(payload.Payload.ToByteArray());
            }
            else
            {
                Ended.TrySetResult();
            }
        }
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.9.9.9", false)]
    public async Task Client_believes_only_those_that_it_dials_by_a_name_in_their_certificate(
        string named,
        bool isBelieved
    )
    {
        MutualTls tls = _ours.Give(named);
        NodeOptions options = new() { Tls = tls, Config = "akka.loglevel = OFF" };
        using var impostor = ActorSystem.Create(
            ClusterNode.SystemName,
            MutualTls.Setup(
                NodeConfiguration.Of(options),
                tls,
                new ConnectionSetup(isNode: true, ControlToken.OfUser)
            )
        );
        impostor.ActorOf(Props.Create(() => new Coordinator()), FrontActor.Name);
        string address = ((ExtendedActorSystem)impostor).Provider.DefaultAddress.ToString();
        if (isBelieved)
        {
            await using ClusterDoor door = new([address], _ours.Give(host: null));
            await Status(door);
        }
        else
        {
            await Refuses(_ours.Give(host: null), address);
        }
    }

    private sealed class Coordinator : ReceiveActor
    {
        public Coordinator() =>
            ReceiveAny(_ => Sender.Tell(new ClusterStatus([], null, [], null, null)));
    }

    [Fact]
    public void Node_does_not_start_with_a_certificate_that_its_peers_would_not_believe()
    {
        Assert.Throws<NodeOptionsException>(() => Node(_ours.Give("10.9.9.9")));
        Assert.Throws<NodeOptionsException>(() =>
            Node(_theirs.GiveToBelieverIn(_ours, alsoInThis: false))
        );
    }

    [Fact]
    public void Akkas_own_tls_is_refused()
    {
        NodeOptions options = new() { Config = "akka.remote.dot-netty.tcp.enable-ssl = on" };
        Assert.Throws<NodeOptionsException>(() => ClusterNode.Start(options));
    }

    private InProcessCluster OfTwo(bool drills = false)
    {
        InProcessCluster cluster = new() { ClientTls = _ours.Give(host: null) };
        cluster.Add("cpu", options => options with { Tls = _ours.Give(), Drills = drills });
        cluster.Add("cpu", options => options with { Tls = _ours.Give(), Drills = drills });
        return cluster;
    }

    private static ClusterNode Node(MutualTls tls)
    {
        ClusterNode node = ClusterNode.Start(
            new NodeOptions { Tls = tls, Config = "akka { loglevel = OFF, stdout-loglevel = OFF }" }
        );
        node.Join();
        return node;
    }

    private static async Task Refuses(MutualTls? tls, string address)
    {
        await using ClusterDoor door = new([ClusterDoor.EndpointOf(address)], tls);
        await Assert.ThrowsAsync<ClusterUnreachableException>(() =>
            door.Ask<ClusterStatus>(AskCluster.Instance)
        );
    }

    /// <summary>An answer may take longer than a client waits: the machine is busy.</summary>
    private static async Task<ClusterStatus> Status(ClusterDoor door)
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                return await door.Ask<ClusterStatus>(AskCluster.Instance);
            }
            catch (ClusterUnreachableException) when (DateTime.UtcNow < end) { }
        }
    }

    private static async Task WaitForMembers(InProcessCluster cluster, int count)
    {
        for (DateTime end = DateTime.UtcNow + Patience; DateTime.UtcNow < end; )
        {
            ClusterStatus seen = await Status(cluster.Door);
            if (seen.Members.Count(member => member.Status == "Up") == count)
            {
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail($"no cluster of {count} members after {Patience.TotalSeconds} s");
    }
}
