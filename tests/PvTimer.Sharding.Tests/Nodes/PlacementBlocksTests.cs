using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>Many cells are placed in few shards, and one that moves alone leaves its shard.</summary>
public sealed class PlacementBlocksTests
{
    private static ImmutableArray<string> Cells(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(cell => string.Create(CultureInfo.InvariantCulture, $"h{cell}")),
        ];

    [Theory]
    [InlineData(1)]
    [InlineData(PlacementBlocks.MostStripes)]
    public void Few_cells_are_shards_of_their_own(int count)
    {
        ImmutableArray<string> cells = Cells(count);
        ImmutableDictionary<string, string> blocks = PlacementBlocks.Of(
            cells,
            [.. cells.Select(_ => 0)]
        );
        Assert.All(cells, cell => Assert.Equal(cell, blocks[cell]));
    }

    [Theory]
    [InlineData(97)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void However_many_cells_there_are_the_shards_are_few(int count)
    {
        ImmutableArray<string> cells = Cells(count);
        ImmutableDictionary<string, string> blocks = PlacementBlocks.Of(
            cells,
            [.. Enumerable.Range(0, count).Select(cell => cell * 3 / count)]
        );
        Assert.InRange(
            blocks.Values.Distinct(StringComparer.Ordinal).Count(),
            30,
            PlacementBlocks.MostStripes + 3
        );
    }

    [Fact]
    public void Cell_that_moves_alone_leaves_two_blocks_and_all_others_as_they_were()
    {
        ImmutableArray<string> cells = Cells(960);
        int[] homes = [.. Enumerable.Range(0, 960).Select(cell => cell / 320)];
        ImmutableDictionary<string, string> before = PlacementBlocks.Of(cells, [.. homes]);
        Assert.Equal("h10..h19", before["h17"]);
        homes[17] = 2;
        ImmutableDictionary<string, string> after = PlacementBlocks.Of(cells, [.. homes]);
        string[] parts = ["h10..h16", "h17", "h18..h19"];
        Assert.Equal(
            [.. Enumerable.Repeat(parts[0], 7), parts[1], parts[2], parts[2]],
            cells[10..20].Select(cell => after[cell]).ToArray()
        );
        Assert.All(
            cells.Where((_, cell) => cell / 10 != 1),
            cell => Assert.Equal(before[cell], after[cell])
        );
    }

    [Fact]
    public void Block_is_on_one_node()
    {
        ImmutableArray<string> cells = Cells(500);
        ImmutableArray<int> homes =
        [
            .. Enumerable.Range(0, 500).Select(cell => cell * 7919 % 97 % 4),
        ];
        ImmutableDictionary<string, string> blocks = PlacementBlocks.Of(cells, homes);
        Assert.All(
            cells.Zip(homes).GroupBy(cell => blocks[cell.First], StringComparer.Ordinal),
            block => Assert.Single(block.Select(cell => cell.Second).Distinct())
        );
    }
}

/// <summary>Blocks on real nodes.</summary>
[Trait("Runs", "Alone")]
public sealed class MovedBlocksTests
{
    [Fact]
    public async Task Hosts_of_a_block_move_alone_and_together_and_the_hash_stays()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(
            nodes: 2,
            sets: ["hosts=200", "host.cpus=2", "vms.0.count=200", "vms.0.vcpus=1", "duration=8ms"]
        );
        await Move("h17", "node-2");
        await Move("h18", "node-2");
        // The block is whole again, under its old name, where it was before.
        await Move("h18", "node-1");
        await Move("h17", "node-1");
        run.Cluster.Add();
        await Until(cells => cells.Count(cell => cell.Node == "node-3") > 50);
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);

        async Task Move(string host, string node)
        {
            await run.Order(ClusterVerb.Move, node, host);
            await Until(cells => cells.Single(cell => cell.Cell == host).Node == node);
        }

        async Task Until(Func<ImmutableArray<CellHome>, bool> said)
        {
            ClusterStatus status;
            do
            {
                await Task.Delay(20);
                status = await run.Cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
            } while (status.Run!.Phase == RunPhase.Forming || !said(status.Cells));
        }
    }
}
