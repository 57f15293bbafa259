using System;
using System.Collections.Immutable;
using System.IO;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>Nodes that find other files under the same paths do not run them together.</summary>
public sealed class InputTests : IAsyncDisposable
{
    private readonly InProcessCluster _files = new();

    public ValueTask DisposeAsync() => _files.DisposeAsync();

    [Fact]
    public void Node_that_has_another_scenario_does_not_form()
    {
        string file = _files.Resolve("exponential.conf");
        Form form = FormOf(file);
        Assert.NotEmpty(FormationPlan.Of(form).Cells);
        // Not a word of it is read differently: it is another file all the same.
        File.AppendAllText(file, "\n# changed\n");
        InvalidOperationException said = Assert.Throws<InvalidOperationException>(() =>
            FormationPlan.Of(form)
        );
        Assert.Contains(
            "is not what the coordinator has read",
            said.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Node_that_has_another_recording_does_not_form()
    {
        string recorded = ScenarioReader
            .Read(_files.Resolve("quickstart.conf"), [])
            .Vms[0]
            .TraceFile!;
        string recording = Path.Combine(_files.Directory, "guest.gz");
        File.Copy(recorded, recording);
        string file = _files.Resolve("quickstart.conf", $"vms.0.guest.file={recording}");
        Form form = FormOf(file);
        Assert.NotEmpty(FormationPlan.Of(form).Cells);
        using (FileStream other = File.OpenWrite(recording))
        {
            // The time in the header: the same events, from another file.
            other.Position = 4;
            other.WriteByte(77);
        }
        Assert.Throws<InvalidOperationException>(() => FormationPlan.Of(form));
    }

    private Form FormOf(string file)
    {
        RunSpec run = new("run", file, "pvtimer", _files.Directory, 0, 1);
        (_, ImmutableArray<PlacementCell> cells) = FormationPlan.MachineOf(run);
        return new Form(
            1,
            run,
            InputHash.Of(file),
            [
                new ClusterSeat(
                    "node-1",
                    "akka.tcp://pvtimer@127.0.0.1:1",
                    ["cpu"],
                    1,
                    ProcessMark.Own
                ),
            ],
            [.. new int[cells.Length]],
            StateSource.Beginning,
            0,
            [],
            ImmutableDictionary<string, string>.Empty,
            [],
            null,
            null,
            Stop: false
        );
    }
}
