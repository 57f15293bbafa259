using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace PvTimer.OpsConsole.Tests.Metrics;

/// <summary>What Prometheus reads.</summary>
[Collection(nameof(OneConsole))]
public sealed class MetricsTests
{
    [Theory]
    [InlineData("pvtimer_vm_exits_total{reason=\"HLT\"}", 107)]
    [InlineData("pvtimer_vm_exits_total{reason=\"MSR_WRITE\"}", 6)]
    [InlineData("pvtimer_timers_armed_total", 147)]
    [InlineData("pvtimer_timers_fired_total", 107)]
    [InlineData("pvtimer_timers_pending", 2)]
    [InlineData("pvtimer_timers_overdue", 0)]
    [InlineData("pvtimer_scans_total", 40)]
    [InlineData("pvtimer_posted_interrupts_total", 107)]
    [InlineData("pvtimer_cpu_time_seconds_total{use=\"guest\"}", 0.0025)]
    [InlineData("pvtimer_virtual_time_seconds", 0.005)]
    [InlineData("pvtimer_lookahead_seconds", 0.00005)]
    [InlineData("pvtimer_checkpoint_age_seconds", 0.7)]
    [InlineData("pvtimer_members{state=\"up\"}", 2)]
    [InlineData("pvtimer_node_memory_bytes{node=\"node-2\"}", 100_000_000)]
    [InlineData("pvtimer_sample_coverage_ratio", 1)]
    public async Task Metric_has_the_name_of_the_conventions_and_the_value_of_the_look(
        string name,
        double value
    )
    {
        Dictionary<string, double> metrics = await Scrape();
        Assert.True(
            metrics.ContainsKey(name),
            string.Join('\n', metrics.Keys.Order(StringComparer.Ordinal))
        );
        Assert.Equal(value, metrics[name], 9);
    }

    [Fact]
    public async Task Lateness_has_quantiles_and_labels_are_bounded()
    {
        Dictionary<string, double> metrics = await Scrape();
        foreach (string quantile in new[] { "0.5", "0.9", "0.99", "0.999" })
        {
            Assert.InRange(
                metrics[$"pvtimer_lateness_seconds{{quantile=\"{quantile}\"}}"],
                13e-6,
                16.3e-6
            );
        }
        string[] labels =
        [
            .. metrics
                .Keys.SelectMany(key =>
                    Regex.Matches(
                        key,
                        "(?<label>[a-z_]+)=\"",
                        RegexOptions.None,
                        TimeSpan.FromSeconds(1)
                    )
                )
                .Select(match => match.Groups["label"].Value)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(["node", "phase", "quantile", "reason", "state", "use"], labels);
    }

    [Fact]
    public async Task Every_metric_says_what_it_is()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        string[] lines = (
            await console.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))
        ).Split('\n');
        string[] named =
        [
            .. lines
                .Where(line => line.StartsWith("pvtimer_", StringComparison.Ordinal))
                .Select(line => line.Split('{', ' ')[0])
                .Distinct(StringComparer.Ordinal),
        ];
        Assert.True(named.Length > 25, $"{named.Length}");
        Assert.All(
            named,
            name =>
            {
                Assert.Contains(
                    lines,
                    line => line.StartsWith($"# TYPE {name} ", StringComparison.Ordinal)
                );
                Assert.Contains(
                    lines,
                    line => line.StartsWith($"# HELP {name} ", StringComparison.Ordinal)
                );
            }
        );
    }

    [Fact]
    public async Task Scrape_takes_a_sample_and_nothing_is_asked_in_between()
    {
        FakeCluster cluster = new();
        await using OneConsole console = await OneConsole.Of(cluster);
        await console.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        await Task.Delay(300);
        int asked = cluster.Questions;
        await Task.Delay(400);
        Assert.Equal(asked, cluster.Questions);
        cluster.Fired = 500;
        string text = await console.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal(507, Parse(text)["pvtimer_timers_fired_total"]);
    }

    internal static async Task<Dictionary<string, double>> Scrape()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        return Parse(await console.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
    }

    /// <summary>Names with their labels (those of the exporter left out), and values.</summary>
    private static Dictionary<string, double> Parse(string text) =>
        text.Split('\n')
            .Where(line => line.StartsWith("pvtimer_", StringComparison.Ordinal))
            .Select(line => line.Split(' '))
            .ToDictionary(
                words =>
                    Regex
                        .Replace(
                            words[0],
                            "otel_scope_[a-z_]+=\"[^\"]*\",?",
                            "",
                            RegexOptions.None,
                            TimeSpan.FromSeconds(1)
                        )
                        .Replace(",}", "}", StringComparison.Ordinal)
                        .Replace("{}", "", StringComparison.Ordinal),
                words => double.Parse(words[1], CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            );
}
