using System;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Tasks;
using Akka.Actor;
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

    private InProcessCluster OfTwo()
    {
        InProcessCluster cluster = new() { ClientTls = _ours.Give(host: null) };
        cluster.Add("cpu", options => options with { Tls = _ours.Give() });
        cluster.Add("cpu", options => options with { Tls = _ours.Give() });
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
