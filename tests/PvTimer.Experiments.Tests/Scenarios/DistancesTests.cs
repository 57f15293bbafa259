using System;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>The key <c>host.distances</c>: how far sockets are from each other.</summary>
public sealed class DistancesTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sockets = 2, distances = [\"10 21\"]", "row 0 has 2 distances")]
    [InlineData("sockets = 4, distances = [\"10 21\", \"21 10\"]", "2 rows for 4 sockets")]
    [InlineData("sockets = 2, distances = [\"10 far\", \"21 10\"]", "'far' is no distance")]
    [InlineData("sockets = 2, distances = [\"10 21\", \"31 10\"]", "it is 21, and 31 back")]
    [InlineData("sockets = 2, distances = [[10, 21], [21, 10]]", "a list or a section")]
    [InlineData("distances = \"10\"", "a single value where a list belongs")]
    public void Distances_that_are_none_are_refused_in_one_line(string host, string what)
    {
        string text = ScenarioFolder.Plain.Replace(
            "cpus = 4,",
            $"cpus = 4, {host},",
            StringComparison.Ordinal
        );
        var refused = Assert.Throws<ScenarioException>(() => _folder.Read(text));
        Assert.Contains(
            "test.conf:3: scenario.host.distances",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
        Assert.Contains("accepted: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    /// <summary>The timer CPU is on the other socket: what is 21 away is as far as without any distances.</summary>
    [Fact]
    public void Timer_cpu_that_is_farther_away_has_its_timers_later()
    {
        long usual = LatenessWith("");
        Assert.Equal(usual, LatenessWith("10 21"));
        Assert.True(LatenessWith("10 61") > usual);
        Assert.True(LatenessWith("10 11") < usual);
    }

    /// <summary>All latenesses together [ns], with so far from one socket to the other.</summary>
    private long LatenessWith(string row)
    {
        string[] words = row.Split(' ');
        string distances = row.Length == 0 ? "" : $", distances = [\"{row}\", \"{words[1]} 10\"]";
        Scenario scenario = _folder.Read(
            ScenarioFolder
                .Plain.Replace(
                    "cpus = 4,",
                    $"cpus = 4, sockets = 2{distances},",
                    StringComparison.Ordinal
                )
                .Replace("vcpus = 2,", "vcpus = 2, pin = [0, 1],", StringComparison.Ordinal)
        );
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, TimerBackends.PvTimer)
        );
        RunOutcome outcome = SequentialEngine.Run(machine, new RunOptions());
        return machine
            .Report(outcome.Reached)
            .Lateness.Ascending()
            .Sum(each => each.Span.Nanoseconds * each.Count);
    }
}
