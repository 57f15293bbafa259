using System;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using PvTimer.TestKit.Clusters;
using PvTimer.TestKit.Properties;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Clusters;

/// <summary>Schedules of faults that nobody thought of.</summary>
[Trait("Runs", "Alone")]
public sealed class GeneratedFaultsSpec(ITestOutputHelper output) : ThreeHosts(output)
{
    [Fact]
    public async Task Whatever_is_done_to_three_nodes_the_hash_stays()
    {
        (Scenario script, string hash) = Played();
        ClusterSchedule schedule = ClusterSchedule
            .Of(script, nodes: 3, most: 8)
            .Generate(new PCG(0, 5), null, out _);
        Output!.WriteLine($"{schedule}");
        await using ClusterScript cluster = Cluster(nodes: 3);

        ClusterScriptResult result = await cluster.Run(script, schedule.Apply);

        result.ShouldHaveHash(hash);
    }

    [Fact]
    public void Schedules_lose_one_node_at_most_and_move_nothing_to_it_afterwards()
    {
        (Scenario script, _) = Played();
        PCG chance = new(0, 1);
        for (int run = 0; run < 1_000; run++)
        {
            string said = ClusterSchedule.Of(script, 2, 9).Generate(chance, null, out _).ToString();
            string[] losses =
            [
                .. said.Split(").")
                    .Where(step =>
                        step.StartsWith("Kill", StringComparison.Ordinal)
                        || step.StartsWith("Leave", StringComparison.Ordinal)
                    ),
            ];
            Assert.True(losses.Length <= 1, said);
            foreach (string node in losses.Select(loss => loss.Split('"')[1]))
            {
                string after = said[said.IndexOf(losses[0], StringComparison.Ordinal)..];
                Assert.DoesNotContain($"to: \"{node}\"", after, StringComparison.Ordinal);
            }
        }
    }
}
