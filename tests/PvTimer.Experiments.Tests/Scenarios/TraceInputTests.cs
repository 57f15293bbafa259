using System;
using System.Globalization;
using System.IO;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Traces that are damaged, incomplete, or no traces.</summary>
public sealed class TraceInputTests : IDisposable
{
    private const string Header =
        "# tracer: nop\n#\n# entries-in-buffer/entries-written: 4/4   #P:1\n#\n";

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "empty")]
    [InlineData("no trace at all\n", "no line is an event")]
    [InlineData(
        Header + "      task-1     [000] d..1. 100000: write_msr: 830, value fb\n",
        "0x6e0"
    )]
    public void A_trace_that_cannot_be_replayed_is_named_with_its_key(string content, string what)
    {
        _folder.Write(content, "scenarios/guest.txt");

        var error = Assert.Throws<ScenarioException>(() => Read("guest.txt"));

        Assert.Matches(@"test\.conf:4: scenario\.vms\.0\.guest\.file: ", error.Message);
        Assert.Contains("guest.txt", error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains("; accepted: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_trace_that_is_cut_off_is_refused_or_warned_about()
    {
        byte[] whole = File.ReadAllBytes(ScenarioFolder.Repository("config/traces/idle.ftrace.gz"));
        File.WriteAllBytes(
            Path.Combine(_folder.Folder, "scenarios/cut.gz"),
            whole[..(whole.Length / 2)]
        );

        string said;
        try
        {
            said = string.Join('\n', Read("cut.gz").Warnings);
        }
        catch (ScenarioException refused)
        {
            said = refused.Message;
        }

        Assert.Contains("cut.gz", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_entries_and_damaged_lines_are_warned_about_with_line_and_count()
    {
        _folder.Write(
            "# tracer: nop\n#\n# entries-in-buffer/entries-written: 3/10   #P:1\n#\n"
                + Event(100_000, "write_msr: 6e0, value 186f0")
                + "garbage in the middle\n"
                + Event(350_000, "local_timer_entry: vector=236")
                + Event(360_000, "local_timer_exit: vector=236"),
            "scenarios/guest.txt"
        );

        string[] warnings = [.. Read("guest.txt").Warnings];

        Assert.Contains(
            warnings,
            warning => warning.Contains("guest.txt:3: 7 overwritten", StringComparison.Ordinal)
        );
        Assert.Contains(
            warnings,
            warning => warning.Contains("guest.txt:6: 1 damaged", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_trace_brings_its_own_number_of_vcpus()
    {
        string trace = ScenarioFolder.Repository("config/traces/nanosleep-100us.ftrace.gz");

        Assert.Equal(2, Read(trace).Vms[0].Vcpus);
        var error = Assert.Throws<ScenarioException>(() => Read(trace, "vms.0.vcpus=3"));
        Assert.Contains("the trace has 2 vCPUs, not 3", error.Message, StringComparison.Ordinal);
    }

    private Scenario Read(string trace, params string[] sets) =>
        _folder.Read(
            ScenarioFolder.Plain.Replace(
                "vcpus = 2, guest { type = cyclictest, period = 1ms }",
                $"tsc = 2499998khz, guest {{ type = trace, file = \"{trace}\" }}",
                StringComparison.Ordinal
            ),
            sets
        );

    private static string Event(long at, string what) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"            task-1       [000] d..1. {at}: {what}\n"
        );
}
