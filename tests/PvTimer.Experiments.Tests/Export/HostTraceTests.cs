using System.IO;
using System.Linq;
using PvTimer.Experiments.Export;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Description;
using PvTimer.Model.Recording;
using PvTimer.Model.Reports;
using PvTimer.Model.Vmx;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Export;

/// <summary>A host's recording that was exported holds what the report counts, and the product's own reader replays it.</summary>
public sealed class HostTraceTests : System.IDisposable
{
    private const string Guest = """
        scenario {
          duration = 100ms
          host { cpus = 4, costs = cascadelake-kvm }
          vms = [ { name = web, vcpus = 2, guest { GUEST } } ]
        }
        """;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_are_as_many_as_the_report_counts()
    {
        (string text, MachineReport report) = Export("backends=[pvtimer]");
        string[] lines = text.Split('\n');
        Assert.Equal(
            report.Exits.Where(exit => exit.Reason == VmExitReason.Hlt).Sum(exit => exit.Count),
            lines.Count(line => line.Contains(": kvm_exit: ") && line.Contains("reason HLT "))
        );
        Assert.Equal(
            report.PostedInterrupts,
            lines.Count(line => line.Contains(": pvtimer_post: "))
        );
        Assert.True(report.Timers.Fired > 100);
        Assert.InRange(
            lines.Count(line => line.Contains(": pvtimer_sync: ") && line.Contains("by=scan")),
            report.Timers.Fired,
            report.Timers.Armed
        );
    }

    [Fact]
    public void Guest_replayed_from_its_hosts_recording_programs_the_same_deadlines()
    {
        (string text, MachineReport then) = Export("backends=[hrtimer]");
        _folder.Write(text, "scenarios/host.txt");
        Scenario replayed = _folder.Read(
            Guest
                .Replace("GUEST", "type = trace, file = host.txt", System.StringComparison.Ordinal)
                .Replace("vcpus = 2", "vcpus = 2, tsc = 2500mhz", System.StringComparison.Ordinal),
            "backends=[hrtimer]"
        );
        MachineReport now = Experiment
            .Run(replayed, EngineKind.Sequential, 1, (_, _) => true)
            .Backends.Single()
            .Report;
        Assert.Equal(then.Timers.Armed, now.Timers.Armed);
        Assert.Equal(then.Timers.Fired, now.Timers.Fired);
        Assert.Equal(then.DeadlineWrites, now.DeadlineWrites);
    }

    [Fact]
    public void Exits_have_the_names_of_their_processor()
    {
        (string text, MachineReport report) = Export("backends=[avic]");
        Assert.DoesNotContain("reason HLT ", text, System.StringComparison.Ordinal);
        Assert.Equal(
            report.Exits.Where(exit => exit.Reason == VmExitReason.Hlt).Sum(exit => exit.Count),
            text.Split('\n')
                .Count(line => line.Contains(": kvm_exit: ") && line.Contains("reason hlt "))
        );
    }

    [Fact]
    public void Log_of_kvm_stat_has_a_line_for_each_whole_second_and_says_what_is_left()
    {
        string? leftOut = null;
        (string text, MachineReport report) = Export(
            "duration=3500ms",
            (machine, description, stream) => new KvmStatExport(machine, description, stream),
            export => leftOut = export.LeftOut
        );
        string[] lines = text.TrimEnd('\n').Split('\n');
        string[] keys = lines[0].TrimEnd().Split(' ');
        Assert.Equal(4, lines.Length);
        Assert.Equal("kvm_entry kvm_exit kvm_exit(HLT)", string.Join(' ', keys[..3]));
        long[][] counts =
        [
            .. lines[1..]
                .Select(line =>
                    line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)
                        .Select(number =>
                            long.Parse(number, System.Globalization.CultureInfo.InvariantCulture)
                        )
                        .ToArray()
                ),
        ];
        Assert.All(counts, second => Assert.Equal(second[1], second[2..].Sum()));
        long exits = report.Exits.Sum(exit => exit.Count);
        long counted = counts.Sum(second => second[1]);
        Assert.InRange(counted, exits * 3 / 4, exits - 1);
        Assert.Equal("the last 500 ms: kvm_stat counts whole seconds", leftOut);
    }

    private (string Text, MachineReport Report) Export(string set) =>
        Export(
            set,
            (machine, description, stream) => new HostTraceExport(machine, description, stream),
            _ => { }
        );

    private (string Text, MachineReport Report) Export(
        string set,
        System.Func<EmulatedMachine, MachineDescription, Stream, RunExport> create,
        System.Action<RunExport> finished
    )
    {
        Scenario scenario = _folder.Read(
            Guest.Replace(
                "GUEST",
                "type = cyclictest, period = 1ms, work = 20us",
                System.StringComparison.Ordinal
            ),
            set
        );
        MachineDescription description = MachineDescriptionBuilder.Build(
            scenario,
            scenario.Backends[0]
        );
        EmulatedMachine machine = EmulatedMachine.Build(description);
        using MemoryStream stream = new();
        MachineReport report;
        using (RunExport export = create(machine, description, stream))
        {
            var reached = Engine
                .SequentialEngine.Run(new ObservedMachine(machine, export), new Engine.RunOptions())
                .Reached;
            report = machine.Report(reached);
            export.Finish(reached, report);
            finished(export);
        }
        return (System.Text.Encoding.UTF8.GetString(stream.ToArray()), report);
    }
}
