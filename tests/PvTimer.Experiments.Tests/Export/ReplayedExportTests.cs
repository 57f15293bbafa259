using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Experiments.Explain;
using PvTimer.Experiments.Export;
using PvTimer.Experiments.Repetition;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Export;

/// <summary>A guest's recording that was exported is replayed by the product's own reader.</summary>
public sealed class ReplayedExportTests : System.IDisposable
{
    private const string Guest = """
        scenario {
          name = exported
          duration = 100ms
          backends = [hrtimer, pvtimer, apicv-timer]
          host { cpus = 4, costs = cascadelake-kvm }
          vms = [ { name = web, vcpus = 2, tsc = 2500mhz, guest { type = cyclictest, period = 1ms, work = 20us } } ]
        }
        """;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Guest_that_was_exported_programs_the_same_deadlines_when_it_is_replayed()
    {
        FinishedRun run = Finished(Guest, out ExperimentResult original);
        Scenario scenario = run.ReadScenario();
        foreach (RecordedBackends backend in RecordedBackends.Of(run, scenario, []))
        {
            string file = Path.Combine(_folder.Folder, $"scenarios/{backend.Backend.Name}.txt");
            Exporter.Write(
                run,
                scenario,
                backend,
                ExportFormat.Find("ftrace-guest")!,
                "web-0",
                file,
                (_, _) => true
            );
            string again = $$"""
                scenario {
                  duration = 100ms
                  backends = [{{backend.Backend}}]
                  host { cpus = 4, costs = cascadelake-kvm }
                  vms = [ { name = web, vcpus = 2, tsc = 2500mhz, guest { type = trace, file = {{backend.Backend.Name}}.txt } } ]
                }
                """;
            ExperimentResult replayed = Run(again);
            Assert.Equal(
                DeadlinesOf(scenario, backend.Backend),
                DeadlinesOf(_folder.Read(again), backend.Backend)
            );
            BackendResult then = original.Backends.First(each => each.Backend == backend.Backend);
            BackendResult now = replayed.Backends.Single();
            Assert.Equal(then.Report.Timers, now.Report.Timers);
            Assert.Equal(then.Report.DeadlineWrites, now.Report.DeadlineWrites);
            Assert.Equal(
                then.Report.Lateness.Ascending().ToArray(),
                now.Report.Lateness.Ascending().ToArray()
            );
        }
    }

    [Theory]
    [InlineData("guest { type = cyclictest, period = 1ms, work = 20us }", "", null)]
    [InlineData(
        "hlt-exits = false, guest { type = uniform, shortest = 100us, longest = 900us }",
        "",
        "idle in guest mode, for which a vCPU does not exit"
    )]
    [InlineData(
        "clock-event = hyperv-stimer, guest { type = tick, hz = 1000 }",
        "",
        "which clock event device it has: deadlines are written as IA32_TSC_DEADLINE's"
    )]
    [InlineData(
        "guest { type = commanded }",
        "{ at = 1ms, guest = web-0/vcpu-0, do = [ \"write-msr 0x830 0x100000040\" ] }, { at = 2ms, interrupt = web-0/vcpu-1, vector = 0x51 }",
        "interrupts from other vCPUs (1); interrupts of devices (1)"
    )]
    public void What_a_guests_recording_cannot_hold_is_said(
        string guest,
        string events,
        string? missing
    )
    {
        FinishedRun run = Finished(
            $$"""
            scenario {
              duration = 20ms
              backends = [hrtimer]
              host { cpus = 4, costs = cascadelake-kvm }
              vms = [ { name = web, vcpus = 2, {{guest}} } ]
              events = [ {{events}} ]
            }
            """,
            out _
        );
        Scenario scenario = run.ReadScenario();
        ExportOutcome outcome = Exporter.Write(
            run,
            scenario,
            RecordedBackends.Of(run, scenario, [])[0],
            ExportFormat.Find("ftrace-guest")!,
            "web-0",
            Path.Combine(_folder.Folder, "guest.txt"),
            (_, _) => true
        );
        Assert.Equal(missing, outcome.LeftOut);
    }

    [Fact]
    public void Run_that_is_another_one_now_is_not_exported()
    {
        FinishedRun run = Finished(Guest, out _);
        FinishedRun other = run with
        {
            TraceHashes =
            [
                .. run.TraceHashes.Select(hash => hash with { Hash = "0" + hash.Hash[1..] }),
            ],
        };
        Scenario scenario = run.ReadScenario();
        string file = Path.Combine(_folder.Folder, "events.ndjson");
        Assert.Throws<DifferentRunException>(() =>
            Exporter.Write(
                other,
                scenario,
                RecordedBackends.Of(other, scenario, [])[0],
                ExportFormat.Find("ndjson")!,
                vm: null,
                file,
                (_, _) => true
            )
        );
        Assert.False(File.Exists(file));
        Assert.Throws<DifferentRunException>(() =>
            RunExplanation.Of(other, scenario, [], new TimerChoice.None(), (_, _) => true)
        );
    }

    /// <summary>What the guests program, in order: replayed lateness alone would not show a deadline that is moved.</summary>
    private static ulong[] DeadlinesOf(Scenario scenario, TimerBackend backend)
    {
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, backend)
        );
        using Programmings programmings = new();
        Engine.SequentialEngine.Run(
            new ObservedMachine(machine, programmings),
            new Engine.RunOptions()
        );
        Assert.True(programmings.Deadlines.Count > 100);
        return [.. programmings.Deadlines];
    }

    private sealed class Programmings : RunExport
    {
        public List<ulong> Deadlines { get; } = [];

        public override void Programmed(
            EntityId vcpu,
            long number,
            TscTicks deadline,
            VirtualTime due,
            VirtualTime effective
        ) => Deadlines.Add(deadline.Value);

        public override void Dispose() { }
    }

    private FinishedRun Finished(string text, out ExperimentResult result)
    {
        result = Run(text);
        string directory = Path.Combine(_folder.Folder, "run");
        RunDirectory.Write(directory, result, Manifest.Of(result, default, default, directory), "");
        return FinishedRun.Read(directory);
    }

    private ExperimentResult Run(string text) =>
        Experiment.Run(_folder.Read(text), EngineKind.Sequential, 1, (_, _) => true);
}
