using System;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using PvTimer.Sharding.Nodes;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>A node that was removed and does not know ends itself; one that a sick minority does not let in goes on.</summary>
public sealed class ExclusionTests
{
    /// <summary>Says only that it hangs.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Majority_that_takes_no_connection_ends_a_node_and_one_of_three_does_not()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(3);
        ClusterNode[] nodes = await Joined(cluster);
        Exclude(nodes[0], by: nodes[1]);
        Exclude(nodes[0], by: nodes[1]);
        await AssertLives(cluster, nodes[0]);
        Exclude(nodes[0], by: nodes[2]);
        await nodes[0].Stopped.WaitAsync(HangLimit);
        Assert.True(nodes[0].WasDowned);
    }

    [Fact]
    public async Task Of_two_the_one_with_the_lower_address_has_the_say()
    {
        await using InProcessCluster cluster = InProcessCluster.Of(2);
        ClusterNode[] nodes = await Joined(cluster);
        Exclude(nodes[0], by: nodes[1]);
        await AssertLives(cluster, nodes[0]);
        Exclude(nodes[1], by: nodes[0]);
        await nodes[1].Stopped.WaitAsync(HangLimit);
        Assert.True(nodes[1].WasDowned);
    }

    [Theory]
    [InlineData("", "", false)] // a node that is in no cluster
    [InlineData("", "ab", false)]
    [InlineData("a", "ab", true)]
    [InlineData("b", "ab", false)]
    [InlineData("a", "abc", false)]
    [InlineData("bc", "abc", true)]
    [InlineData("bd", "abcd", false)]
    public void Majority_has_the_say_or_the_half_with_the_lowest_address(
        string some,
        string members,
        bool haveTheSay
    ) =>
        Assert.Equal(haveTheSay, ExclusionListener.HaveTheSay(Addresses(some), Addresses(members)));

    private static Address[] Addresses(string hosts) =>
        [.. hosts.Select(host => new Address("akka.tcp", "pvtimer", $"{host}", 1))];

    /// <summary>By their addresses, once all know all.</summary>
    private static async Task<ClusterNode[]> Joined(InProcessCluster cluster)
    {
        TimeSpan limit = cluster.Clock.Elapsed + HangLimit;
        while (cluster.Nodes.Any(node => Members(node).Length < cluster.Nodes.Count))
        {
            Assert.True(cluster.Clock.Elapsed < limit, "they do not find each other");
            await Task.Delay(TimeSpan.FromMilliseconds(50), cluster.Clock);
        }
        return
        [
            .. Members(cluster.Nodes[0])
                .Select(address =>
                    cluster.Nodes.Single(node => Cluster.Get(node.System).SelfAddress == address)
                ),
        ];
    }

    private static Address[] Members(ClusterNode node) =>
        [
            .. Cluster
                .Get(node.System)
                .State.Members.Where(member => member.Status == MemberStatus.Up)
                .Select(member => member.Address),
        ];

    private static void Exclude(ClusterNode node, ClusterNode by) =>
        node.System.EventStream.Publish(
            new ThisActorSystemQuarantinedEvent(
                Cluster.Get(node.System).SelfAddress,
                Cluster.Get(by.System).SelfAddress
            )
        );

    private static async Task AssertLives(InProcessCluster cluster, ClusterNode node)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), cluster.Clock).WaitAsync(HangLimit);
        Assert.False(node.Stopped.IsCompleted);
        Assert.False(node.WasDowned);
    }
}
