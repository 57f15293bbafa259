using System.Collections.Generic;
using System.Linq;
using PvTimer.Experiments.Export;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Formats.Writers.Events;
using PvTimer.Formats.Writers.Tracks;
using PvTimer.Model.Description;
using PvTimer.Model.Recording;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Export;

/// <summary>What tracks and rows say of a run is what its report says.</summary>
public sealed class TrackExportTests : System.IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_timer_is_a_flow_from_the_write_over_scan_arm_and_post_to_its_delivery()
    {
        Kept kept = new();
        MachineReport report = Watch(machine => new TrackExport(machine, kept));
        ILookup<ulong, Kept.Point> flows = kept.Points.ToLookup(point => point.Flow);
        List<Kept.Point[]> fired =
        [
            .. flows.Select(flow => flow.ToArray()).Where(flow => flow[^1].Step == FlowStep.Last),
        ];
        Assert.Equal(report.Timers.Armed, flows.Count);
        Assert.Equal(report.Timers.Fired, fired.Count);
        Assert.All(
            fired,
            flow =>
            {
                Assert.Equal(
                    "write\nscan\narm\nexpire\npost\ndelivery",
                    string.Join("\n", flow.Select(point => point.Name.Split(' ')[0]))
                );
                Assert.Equal(flow.OrderBy(point => point.At).ToArray(), flow);
                Assert.Single(flow, point => point.Step == FlowStep.Last);
                Assert.Equal(
                    "web-0\nh0\nh0\nh0\nh0\nweb-0",
                    string.Join("\n", flow.Select(point => kept.Names[point.Track].Split('/')[0]))
                );
            }
        );
    }

    [Fact]
    public void Slices_of_a_track_do_not_overlap_and_idle_pCPUs_have_none()
    {
        Kept kept = new();
        MachineReport report = Watch(machine => new TrackExport(machine, kept));
        Assert.All(kept.Open.Values, open => Assert.Null(open));
        Assert.Contains(kept.Names, track => track.Value == "h0/timer-kthread");
        long busy = kept
            .Busy.Where(track =>
                kept.Names[track.Key].StartsWith("h0/pcpu-", System.StringComparison.Ordinal)
            )
            .Sum(track => track.Value);
        // Transitions are the report's to the nanosecond, a slice's to the step in which they are decided.
        Assert.InRange((double)busy / report.Cpu.Busy.Nanoseconds, 0.98, 1.02);
    }

    [Fact]
    public void Rows_have_each_timer_with_the_lateness_of_the_report()
    {
        Rows rows = new();
        MachineReport report = Watch(machine => new EventExport(machine, rows));
        Assert.Equal(report.Timers.Armed, rows.All.Count(row => row.Event == "timer_programmed"));
        ExactDistribution lateness = new();
        foreach (EventRow row in rows.All.Where(row => row.Event == "timer_fired"))
        {
            lateness.Add(VirtualDuration.FromNanoseconds(row.Value!.Value));
            Assert.NotNull(row.Number);
        }
        Assert.Equal(report.Lateness.Ascending().ToArray(), lateness.Ascending().ToArray());
        Assert.Equal(rows.All.OrderBy(row => row.TimeNs).ToArray(), rows.All);
    }

    [Fact]
    public void Rows_say_what_a_guest_read_and_what_faulted()
    {
        Rows rows = new();
        Watch(
            machine => new EventExport(machine, rows),
            """
            scenario {
              duration = 2ms, backends = [hrtimer], host { cpus = 2, costs = skylake }
              vms = [ { name = a, guest { type = commanded } } ]
              events = [
                { at = 1us, guest = "a-0/vcpu-0", do = [ "write-msr 0x838 0x100000000", "read-msr 0x832" ] }
                { at = 1ms, set-msr = "a-0/vcpu-0", msr = 0x1b, value = 0xfee00900 }
                { at = 1500us, set-msr = "a-0/vcpu-0", msr = 0x832, value = 0x400ec }
              ]
            }
            """
        );
        Assert.Equal(
            [
                "WRMSR 0x838: 0x100000000, #GP",
                "RDMSR 0x832: 0x400ec",
                "KVM_SET_MSRS 0x832: 0x400ec, #GP",
            ],
            rows.All.Where(row => row.Event == "MsrAccess").Select(row => row.Subject),
            System.StringComparer.Ordinal
        );
    }

    private MachineReport Watch(System.Func<EmulatedMachine, RunExport> create, string? text = null)
    {
        Scenario scenario = text is null
            ? _folder.Read(ScenarioFolder.Plain, "backends=[pvtimer]")
            : _folder.Read(text);
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, scenario.Backends[0])
        );
        using RunExport export = create(machine);
        VirtualTime reached = Engine
            .SequentialEngine.Run(new ObservedMachine(machine, export), new Engine.RunOptions())
            .Reached;
        MachineReport report = machine.Report(reached);
        export.Finish(reached, report);
        return report;
    }

    private sealed class Rows : IEventSink
    {
        public List<EventRow> All { get; } = [];

        public void Add(in EventRow row) => All.Add(row);

        public void Dispose() { }
    }

    private sealed class Kept : ITrackWriter
    {
        public sealed record Point(
            int Track,
            VirtualTime At,
            string Name,
            ulong Flow,
            FlowStep Step
        );

        private readonly Dictionary<int, string> _names = [];

        public Dictionary<int, string> Names { get; } = [];

        public List<Point> Points { get; } = [];

        public Dictionary<int, VirtualTime?> Open { get; } = [];

        public Dictionary<int, long> Busy { get; } = [];

        public void Add(int track, int group, string name) => Names.Add(track, name);

        public void Begin(int track, VirtualTime at, string name)
        {
            Assert.Null(Open.GetValueOrDefault(track));
            Open[track] = at;
            _names[track] = name;
        }

        public void End(int track, VirtualTime at)
        {
            VirtualTime begun = Open[track]!.Value;
            Assert.True(at >= begun);
            // On its way out of idle a pCPU counts as idle.
            long length = _names[track] == "leaves idle" ? 0 : (at - begun).Nanoseconds;
            Busy[track] = Busy.GetValueOrDefault(track) + length;
            Open[track] = null;
        }

        public void Instant(int track, VirtualTime at, string name, ulong flow, FlowStep step) =>
            Points.Add(new Point(track, at, name, flow, step));

        public void Dispose() { }
    }
}
