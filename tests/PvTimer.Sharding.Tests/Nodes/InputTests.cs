using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Nodes;

/// <summary>What a run is made from counts by its content, whatever a node has under its path.</summary>
public sealed class InputTests : IAsyncDisposable
{
    private readonly InProcessCluster _files = new();
    private readonly HeldInputs _held = new();
    private readonly string _scenario;
    private readonly string _recording;
    private readonly string _sha256;

    public InputTests()
    {
        string shipped = ScenarioReader
            .Read(_files.Resolve("quickstart.conf"), [])
            .Vms[0]
            .TraceFile!;
        _recording = Path.Combine(_files.Directory, "guest.gz");
        File.Copy(shipped, _recording);
        _scenario = _files.Resolve("quickstart.conf", $"vms.0.guest.file={_recording}");
        _sha256 = InputHash.Of(_scenario);
    }

    public ValueTask DisposeAsync() => _files.DisposeAsync();

    [Theory]
    [InlineData("scenario", "changed")]
    [InlineData("scenario", "gone")]
    [InlineData("scenario", "no scenario")]
    [InlineData("recording", "changed")]
    [InlineData("recording", "gone")]
    [InlineData("recording", "no recording")]
    public void Inputs_are_lacking_if(string which, string what)
    {
        Assert.True(_held.Has(_scenario, _sha256, out HeldFiles? own));
        Assert.Null(own);
        Spoil(which == "scenario" ? _scenario : _recording, what);
        Assert.False(_held.Has(_scenario, _sha256, out _));
    }

    [Fact]
    public void Inputs_that_were_sent_make_the_machine_that_the_files_made()
    {
        Form form = Form();
        int entities = FormationPlan.Of(form, held: null).Machine.Entities.Length;
        byte[] bytes = InputBundle.Read(_scenario).Bytes;
        Spoil(_scenario, "gone");
        Spoil(_recording, "changed");
        string[] before = Directory.GetFiles(_files.Directory);
        _held.Take(_scenario, _sha256, bytes);
        Assert.True(_held.Has(_scenario, _sha256, out HeldFiles? sent));
        Assert.Equal(entities, FormationPlan.Of(form, sent).Machine.Entities.Length);
        Assert.Equal(_sha256, InputHash.Of(_scenario, sent));
        Assert.Equal(bytes, _held.BytesOf(_scenario, _sha256, sent));
        // A peer names paths, and nothing is written there.
        Assert.Equal(before, Directory.GetFiles(_files.Directory));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(-1)]
    [InlineData(-10_000)]
    public void Inputs_that_are_others_than_was_said_are_not_taken(int at)
    {
        byte[] bytes = InputBundle.Read(_scenario).Bytes;
        bytes[(at + bytes.Length) % bytes.Length] ^= 1;
        Assert.Throws<InvalidDataException>(() => _held.Take(_scenario, _sha256, bytes));
        Spoil(_scenario, "gone");
        Assert.False(_held.Has(_scenario, _sha256, out _));
    }

    [Fact]
    public void Inputs_that_break_off_are_not_taken()
    {
        byte[] bytes = InputBundle.Read(_scenario).Bytes;
        Assert.All(
            (int[])[0, 1, 3, 4, 100, bytes.Length - 1],
            length =>
                Assert.Throws<InvalidDataException>(() =>
                    _held.Take(_scenario, _sha256, bytes[..length])
                )
        );
    }

    [Fact]
    public void Scenario_with_commanded_events_uses_the_recordings_that_were_sent()
    {
        ScenarioInputs inputs = new(_held);
        byte[] bytes = InputBundle.Read(_scenario).Bytes;
        string amended = Path.Combine(_files.Directory, "scenario-2-0.conf");
        File.WriteAllText(amended, File.ReadAllText(_scenario) + "\n# as if commanded\n");
        string sha256 = InputHash.Of(amended);
        Spoil(_scenario, "gone");
        Spoil(_recording, "gone");
        Assert.False(inputs.Has(_scenario, _sha256));
        inputs.Take(_scenario, _sha256, bytes);
        Assert.True(inputs.Has(_scenario, _sha256));
        Assert.True(inputs.Has(amended, sha256));
        Assert.Equal(sha256, inputs.HashOf(amended));
        // And is sent as a whole to nodes that have neither.
        HeldInputs another = new();
        another.Take(amended, sha256, inputs.BytesOf(amended, sha256));
    }

    [Fact]
    public void Only_the_last_inputs_that_were_sent_are_kept()
    {
        string[] hashes =
        [
            .. Enumerable
                .Range(0, HeldInputs.Most + 1)
                .Select(_ =>
                {
                    File.AppendAllText(_scenario, "\n# another\n");
                    string sha256 = InputHash.Of(_scenario);
                    _held.Take(_scenario, sha256, InputBundle.Read(_scenario).Bytes);
                    return sha256;
                }),
        ];
        Spoil(_scenario, "gone");
        Assert.Equal(
            [false, true, true],
            hashes.Select(sha256 => _held.Has(_scenario, sha256, out _))
        );
    }

    [Fact]
    public void More_than_may_be_sent_is_refused_before_it_is_in_memory()
    {
        IOException said = Assert.Throws<IOException>(() =>
            InputBundle.Read(_scenario, mostBytes: 10_000)
        );
        Assert.EndsWith(
            "are too many to be sent; accepted: 10000, or the files themselves on every node",
            said.Message,
            StringComparison.Ordinal
        );
    }

    private static void Spoil(string file, string what)
    {
        switch (what)
        {
            case "gone":
                File.Delete(file);
                break;
            case "changed" when file.EndsWith(".gz", StringComparison.Ordinal):
                using (FileStream other = File.OpenWrite(file))
                {
                    // The time in the header: the same events, from another file.
                    other.Position = 4;
                    other.WriteByte(77);
                }
                break;
            case "changed":
                // Not a word of it is read differently: it is another file all the same.
                File.AppendAllText(file, "\n# changed\n");
                break;
            default:
                File.WriteAllText(file, "scenario {");
                break;
        }
    }

    private Form Form()
    {
        RunSpec run = new("run", _scenario, "pvtimer", _files.Directory, 0, 1);
        (_, ImmutableArray<PlacementCell> cells) = FormationPlan.MachineOf(run);
        return new Form(
            1,
            run,
            _sha256,
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
