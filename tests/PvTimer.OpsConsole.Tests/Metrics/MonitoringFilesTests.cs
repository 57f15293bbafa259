using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using YamlDotNet.RepresentationModel;

namespace PvTimer.OpsConsole.Tests.Metrics;

/// <summary>What is written about metrics elsewhere, held against what a console says at /metrics.</summary>
[Collection(nameof(OneConsole))]
public sealed class MonitoringFilesTests
{
    [Fact]
    public async Task Table_has_every_metric_with_its_type_and_labels_and_no_other()
    {
        await using OneConsole console = await OneConsole.Of(new FakeCluster());
        string[] said = (
            await console.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))
        ).Split('\n');
        Dictionary<string, string> types = said.Where(line =>
                line.StartsWith("# TYPE pvtimer_", StringComparison.Ordinal)
            )
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[2], words => words[3], StringComparer.Ordinal);
        Dictionary<string, double> samples = await MetricsTests.Scrape();
        string[] wanted =
        [
            .. types
                .Select(type =>
                    $"{type.Key}|{type.Value}|{LabelOf(type.Key, samples.Keys)}|{UnitOf(type.Key)}"
                )
                .Order(StringComparer.Ordinal),
        ];
        string[] rows =
        [
            .. (await File.ReadAllLinesAsync(LiveConsole.Repository("cluster/README.md")))
                .Where(line => line.StartsWith("| `pvtimer_", StringComparison.Ordinal))
                .Select(line =>
                    string.Join('|', line.Split('|')[1..5].Select(cell => cell.Trim(' ', '`')))
                )
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(wanted, rows);
    }

    [Fact]
    public async Task Dashboard_has_panels_whose_metrics_there_are()
    {
        JsonNode dashboard = JsonNode.Parse(
            await File.ReadAllTextAsync(LiveConsole.Repository("cluster/grafana-dashboard.json"))
        )!;
        Assert.Equal("datasource", (string?)dashboard["templating"]!["list"]![0]!["type"]);
        JsonNode[] panels = [.. dashboard["panels"]!.AsArray().OfType<JsonNode>()];
        Assert.Equal(panels.Length, panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        string[] expressions =
        [
            .. panels.SelectMany(panel =>
                panel["targets"]!.AsArray().Select(target => (string)target!["expr"]!)
            ),
        ];
        Assert.All(panels, panel => Assert.NotEmpty(panel["targets"]!.AsArray()));
        await Exist(expressions);
        foreach (
            string shown in new[]
            {
                "vm_exits_total",
                "timers_fired_total",
                "lateness_seconds",
                "timer_cpu_time_seconds_total",
                "virtual_time_seconds",
                "members",
                "checkpoint_age_seconds",
            }
        )
        {
            Assert.Contains(
                expressions,
                expression => expression.Contains($"pvtimer_{shown}", StringComparison.Ordinal)
            );
        }
    }

    [Theory]
    [InlineData("PvTimerNodeUnreachable", "pvtimer_members")]
    [InlineData("PvTimerRunBroken", "pvtimer_run_info")]
    [InlineData("PvTimerRunStandsStill", "pvtimer_virtual_time_seconds")]
    [InlineData("PvTimerTimersLate", "pvtimer_lateness_seconds")]
    [InlineData("PvTimerTimersOverdue", "pvtimer_timers_overdue")]
    [InlineData("PvTimerCheckpointTooOld", "pvtimer_checkpoint_age_seconds")]
    [InlineData("PvTimerSampleIncomplete", "pvtimer_sample_coverage_ratio")]
    public async Task Alert_is_a_rule_of_prometheus_about_a_metric_that_there_is(
        string name,
        string metric
    )
    {
        using StreamReader text = File.OpenText(LiveConsole.Repository("cluster/alerts.yaml"));
        YamlStream file = new();
        file.Load(text);
        YamlNode group = Assert.Single(
            (YamlSequenceNode)file.Documents.Single().RootNode["groups"]
        );
        YamlMappingNode rule = (YamlMappingNode)
            ((YamlSequenceNode)group["rules"]).Single(each => (string?)each["alert"] == name);
        Assert.All(
            rule.Children.Keys,
            key => Assert.Matches("^(alert|expr|for|labels|annotations)$", (string)key!)
        );
        Assert.Matches("^(warning|critical)$", (string)rule["labels"]["severity"]!);
        Assert.NotEmpty((string)rule["annotations"]["summary"]!);
        string expression = (string)rule["expr"]!;
        Assert.Contains(metric, expression, StringComparison.Ordinal);
        await Exist([expression]);
    }

    /// <summary>Every metric that the expressions name, and every label that they match.</summary>
    private static async Task Exist(string[] expressions)
    {
        string[] there = [.. (await MetricsTests.Scrape()).Keys];
        foreach (
            Match match in expressions.SelectMany(expression =>
                Regex.Matches(
                    expression,
                    "(?<name>pvtimer_[a-z0-9_]+)(\\{(?<label>[a-z_]+)(=|!=|=~)\")?",
                    RegexOptions.ExplicitCapture,
                    TimeSpan.FromSeconds(1)
                )
            )
        )
        {
            string label = match.Groups["label"].Value;
            string wanted = match.Groups["name"].Value + (label.Length > 0 ? $"{{{label}=" : "");
            Assert.Contains(
                there,
                key =>
                    label.Length > 0
                        ? key.StartsWith(wanted, StringComparison.Ordinal)
                        : key.Split('{')[0] == wanted
            );
        }
    }

    private static string LabelOf(string metric, IEnumerable<string> samples)
    {
        Match match = Regex.Match(
            samples.First(key => key.Split('{')[0] == metric),
            "\\{(?<label>[a-z_]+)=",
            RegexOptions.None,
            TimeSpan.FromSeconds(1)
        );
        return match.Groups["label"].Value;
    }

    private static string UnitOf(string metric) =>
        metric.Contains("_seconds", StringComparison.Ordinal) ? "s"
        : metric.EndsWith("_bytes", StringComparison.Ordinal) ? "bytes"
        : "";
}
