using System;
using System.IO;
using System.Threading.Tasks;
using Xunit.Abstractions;

namespace PvTimer.Chaos.Tests;

/// <summary>
/// Real processes, and something happens to them: the trace hash is that of the sequential engine. A few
/// of each kind; the simulation tries the rest by the thousand, and tests/chaos.sh --matrix all combinations.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class MatrixTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(3, "pack-by-host", "kill-worker")]
    [InlineData(3, "pack-by-host", "kill-coordinator")]
    [InlineData(3, "pack-by-host", "partition")]
    public async Task Run_keeps_its_hash(int nodes, string policy, string fault)
    {
        string folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        try
        {
            ChaosRun run = Matrix.Run(nodes, policy, fault);
            output.WriteLine(run.CommandLine(folder));
            ChaosOutcome outcome = await run.Execute(folder);
            output.WriteLine(outcome.Notes);
            Assert.True(outcome.End == Matrix.Expected(nodes, fault), outcome.What);
            Assert.DoesNotContain("not done", outcome.Notes, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
