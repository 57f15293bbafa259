using System.Globalization;
using System.Linq;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Scenarios;
using Xunit.Abstractions;

namespace PvTimer.Experiments.Tests.Replay;

/// <summary>Real guests through both worlds, by the scenarios of config/scenarios and one cost profile.</summary>
public class RecordedGuestTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("quickstart", 12_764)]
    [InlineData("nanosleep-100us", 40_310)]
    [InlineData("idle", 1_157)]
    [InlineData("nginx", 1_332)]
    public void Replay_writes_every_recorded_deadline_and_loses_none(string scenario, long writes)
    {
        foreach (BackendResult result in Run(scenario).Backends)
        {
            MachineReport report = result.Report;
            Assert.Equal(writes, report.DeadlineWrites);
            Assert.Equal(writes, report.Timers.Armed);
            Assert.Equal(0, report.Timers.Lost);
            Assert.Equal(0, report.Timers.Early);
            // The run ends with the recording: what it delays a little at the very end is cut off.
            Assert.InRange(report.Replay!.Remaining, 0, 20);
            Assert.Equal(
                writes,
                report.Timers.Fired
                    + report.Timers.Replaced
                    + report.Timers.Cancelled
                    + report.Timers.Pending
            );
            long exits = report
                .Exits.SelectMany(exit => exit.ByMsr)
                .Where(write => write.Msr == MsrIndex.Ia32TscDeadline)
                .Sum(write => write.Count);
            if (result.Backend == TimerBackends.Hrtimer)
            {
                Assert.Equal(writes, exits);
            }
            else
            {
                Assert.InRange(exits, 1, writes / 2);
            }
        }
    }

    [Theory]
    [InlineData("quickstart")]
    [InlineData("nanosleep-100us")]
    [InlineData("idle")]
    public void Replay_on_the_baseline_has_the_recorded_median_lateness_within_a_quarter(
        string scenario
    )
    {
        BackendResult baseline = Run(scenario)
            .Backends.Single(result => result.Backend == TimerBackends.Hrtimer);
        long recorded = baseline.Recorded!.Lateness.Quantile(5_000).Nanoseconds;
        long emulated = baseline.Report.Lateness.Quantile(5_000).Nanoseconds;
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{scenario}: median {emulated} ns, recorded {recorded} ns, KS {baseline.Recorded.Distance:0.000}"
            )
        );
        Assert.InRange((double)emulated / recorded, 0.75, 1.25);
    }

    private static ExperimentResult Run(string scenario) =>
        Experiment.Run(
            ScenarioReader.Read(ScenarioFolder.Repository($"config/scenarios/{scenario}.conf"), []),
            EngineKind.Sequential,
            regions: 1,
            (_, _) => true
        );
}
