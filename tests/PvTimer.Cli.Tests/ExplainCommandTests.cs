using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer explain and pvtimer export, on a run that was written before.</summary>
public sealed class ExplainCommandTests : System.IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public ExplainCommandTests() =>
        _pvtimer.Succeed("run", _pvtimer.ScenarioFile, "--out", _pvtimer.Out);

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void Breakdown_of_a_run_is_printed_for_each_back_end()
    {
        _pvtimer.Succeed("explain", _pvtimer.Out);
        Assert.Contains("hrtimer: 18 timers fired", _pvtimer.Output);
        Assert.Contains("pvtimer: 18 timers fired", _pvtimer.Output);
        Assert.Contains("guest's interrupt entry", _pvtimer.Output);
        Assert.Contains("p99.9", _pvtimer.Output);
    }

    [Fact]
    public void Latest_timers_are_explained_and_found_again_by_their_name()
    {
        _pvtimer.Succeed(
            "explain",
            _pvtimer.Out,
            "--backend",
            "pvtimer",
            "--latest",
            "2",
            "--json"
        );
        JsonArray timers = Timers();
        Assert.Equal(2, timers.Count);
        Assert.True((long)timers[0]!["lateness_ns"]! >= (long)timers[1]!["lateness_ns"]!);
        string latest = timers[0]!.ToJsonString();
        Assert.Equal(
            (long)timers[0]!["lateness_ns"]!,
            timers[0]!["parts"]!.AsArray().Sum(part => (long)part!["length_ns"]!)
        );
        string id = (string)timers[0]!["id"]!;
        _pvtimer.Succeed("explain", _pvtimer.Out, "--backend", "pvtimer", "--timer", id, "--json");
        Assert.Equal(latest, Timers().Single()!.ToJsonString());
        string vcpu = id.Split('#')[0];
        string entered = $"{timers[0]!["entered_ns"]}ns";
        _pvtimer.Succeed(
            "explain",
            _pvtimer.Out,
            "--backend",
            "pvtimer",
            "--vcpu",
            vcpu,
            "--at",
            entered,
            "--json"
        );
        Assert.Equal(latest, Timers().Single()!.ToJsonString());
    }

    [Theory]
    [InlineData("--timer", "web-0/vcpu-9#1")]
    [InlineData("--timer", "nonsense")]
    [InlineData("--latest", "0")]
    [InlineData("--vcpu", "web-0/vcpu-0")]
    [InlineData("--backend", "none-such")]
    [InlineData("--backend", "avic")]
    public void What_cannot_be_explained_is_refused_in_one_line(string option, string value)
    {
        int code = _pvtimer.Run("explain", _pvtimer.Out, option, value);
        Assert.Equal(value == "avic" ? 1 : 2, code);
        Assert.Equal("", _pvtimer.Output);
        Assert.Contains("accepted: ", _pvtimer.Error);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Run_that_has_changed_since_is_said_to_and_nothing_is_printed()
    {
        string manifest = Path.Combine(_pvtimer.Out, "manifest.json");
        JsonNode node = JsonNode.Parse(File.ReadAllText(manifest))!;
        node["trace_hashes"]!["hrtimer"] = new string('0', 16);
        File.WriteAllText(manifest, node.ToJsonString());
        Assert.Equal(1, _pvtimer.Run("explain", _pvtimer.Out, "--quiet"));
        Assert.Equal("", _pvtimer.Output);
        Assert.Contains("hrtimer has trace hash", _pvtimer.Error);
        Assert.Equal(1, _pvtimer.Run("export", _pvtimer.Out, "--as", "ndjson", "--quiet"));
        Assert.False(File.Exists(Path.Combine(_pvtimer.Out, "hrtimer/events.ndjson")));
    }

    [Theory]
    [InlineData("perfetto", "trace.pftrace", "\n")]
    [InlineData("chrome", "trace.json", "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")]
    [InlineData("ndjson", "events.ndjson", "{\"")]
    [InlineData("parquet", "events.parquet", "PAR1")]
    [InlineData("ftrace", "host.ftrace.txt", "# tracer: nop\n")]
    [InlineData("ftrace-guest", "guest.ftrace.txt", "# tracer: nop\n")]
    [InlineData("cyclictest", "cyclictest.hist", "# Histogram\n")]
    [InlineData("perf-kvm-stat", "perf-kvm-stat.txt", "\n\nAnalyze events for all VMs")]
    [InlineData("perf-kvm-stat-6.3", "perf-kvm-stat-6.3.txt", "          ")]
    [InlineData("hgrm", "lateness.hgrm", " ")]
    public void Export_writes_a_file_for_each_back_end(string form, string file, string begins)
    {
        _pvtimer.Succeed("export", _pvtimer.Out, "--as", form);
        string[] written =
        [
            Path.Combine(_pvtimer.Out, "hrtimer", file),
            Path.Combine(_pvtimer.Out, "pvtimer", file),
        ];
        foreach (string each in written)
        {
            byte[] content = File.ReadAllBytes(each);
            Assert.Equal(begins, System.Text.Encoding.Latin1.GetString(content[..begins.Length]));
            Assert.Contains(each, _pvtimer.Output);
            Assert.False(File.Exists(each + ".partial"));
        }
        Assert.NotEqual(File.ReadAllBytes(written[0]), File.ReadAllBytes(written[1]));
    }

    [Fact]
    public void Export_says_what_its_file_does_not_hold()
    {
        _pvtimer.Succeed("export", _pvtimer.Out, "--as", "kvm-stat");
        string log = Path.Combine(_pvtimer.Out, "pvtimer", "kvm-stat.log");
        Assert.Contains($"{log}: left out: the last ", _pvtimer.Output);
    }

    [Fact]
    public void Export_of_numbers_is_what_the_run_has_written()
    {
        string before = File.ReadAllText(Path.Combine(_pvtimer.Out, "pvtimer/lateness.hgrm"));
        string file = Path.Combine(_pvtimer.Folder, "own.hgrm");
        _pvtimer.Succeed(
            "export",
            _pvtimer.Out,
            "--as",
            "hgrm",
            "--backend",
            "pvtimer",
            "--out",
            file
        );
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Theory]
    [InlineData("--as", "nothing")]
    [InlineData("--as", "hgrm", "--out", "one-file-for-two")]
    [InlineData("--as", "hgrm", "--vm", "web-0")]
    [InlineData("--as", "ftrace-guest", "--vm", "web-7")]
    public void Export_that_cannot_be_is_refused_in_one_line(params string[] options)
    {
        Assert.Equal(2, _pvtimer.Run(["export", _pvtimer.Out, .. options]));
        Assert.Contains("accepted: ", _pvtimer.Error);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }

    private JsonArray Timers() =>
        JsonNode.Parse(_pvtimer.Output)!["backends"]!["pvtimer"]!["timers"]!.AsArray();
}
