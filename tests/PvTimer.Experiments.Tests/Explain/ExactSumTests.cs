using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using PvTimer.Model.Backends;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Explain;

/// <summary>The parts of each timer of each shipped scenario are its lateness, on every back-end that can serve it.</summary>
public class ExactSumTests
{
    public static TheoryData<string> Files =>
        [
            .. Directory
                .EnumerateFiles(Folder(), "*.conf", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Folder(), file))
                .Order(System.StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Parts_of_every_timer_are_its_lateness(string file)
    {
        int backends = 0;
        foreach (Scenario scenario in OnEachBackend(Path.Combine(Folder(), file)))
        {
            backends++;
            _ = ExplanationCheck.Of(
                scenario.Backends[0],
                MachineDescriptionBuilder.Build(scenario, scenario.Backends[0])
            );
        }
        Assert.True(backends > 0);
    }

    [Fact]
    public void Scenarios_together_have_every_back_end() =>
        Assert.Equal(
            TimerBackends.All,
            TimerBackends.All.Where(backend =>
                OnEachBackend(Path.Combine(Folder(), "tick-1khz.conf"))
                    .Any(scenario => scenario.Backends[0] == backend)
            )
        );

    private static IEnumerable<Scenario> OnEachBackend(string file)
    {
        Scenario whole = ScenarioReader.Read(file, []);
        VirtualDuration most = VirtualDuration.FromMilliseconds(whole.Events.Length > 0 ? 400 : 50);
        VirtualDuration least = VirtualDuration.Min(whole.Duration, most);
        string duration = $"duration={Units.Write(least)}";
        foreach (TimerBackend backend in TimerBackends.All)
        {
            Scenario? scenario = null;
            try
            {
                scenario = ScenarioReader.Read(
                    file,
                    [duration, "thresholds={}", $"backends=[{backend}]"]
                );
            }
            catch (ScenarioException)
            {
                // It is not for this back-end.
            }
            if (scenario is not null)
            {
                yield return scenario;
            }
        }
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../config/scenarios"));
}
