using System;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>A threshold on a number that does not exist names the one that was probably meant.</summary>
public sealed class NearestMetricTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("pvtimer.p99", "'lateness_ns.p99'")]
    [InlineData("pvtimer.latency.p99.9", "'lateness_ns.p99_9'")]
    [InlineData("pvtimer.latenes.p50", "'lateness_ns.p50'")]
    [InlineData("pvtimer.lost", "'timers.lost'")]
    [InlineData("pvtimer.timer.fired", "'timers.fired'")]
    [InlineData("pvtimer.exits.msr", "'exits.MSR_WRITE.")]
    [InlineData("pvtimer.exits.hlt", "'exits.HLT.")]
    [InlineData("pvtimer.cpu.polling", "'cpu_ns.poll'")]
    [InlineData("pvtimer.ks", "'recorded.ks_distance'")]
    [InlineData("pvtimer", "names no number")]
    [InlineData("pvtimer.", "names no number")]
    public void Threshold_on_an_unknown_number_names_the_nearest_one(string path, string said)
    {
        var error = Assert.Throws<ScenarioException>(() =>
            _folder.Read(ScenarioFolder.Plain, $"thresholds={{ \"{path}\" = \"< 1\" }}")
        );

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
