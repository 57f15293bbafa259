using System;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PvTimer.Model.Time;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;

namespace PvTimer.OpsConsole.Tests.Documents;

/// <summary>What views look like as JSON, name by name: pages and scripts rely on it.</summary>
public sealed class ViewDocumentTests
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    [Theory]
    [InlineData(ViewKind.Cluster, "")]
    [InlineData(ViewKind.Machine, "")]
    [InlineData(ViewKind.Host, "h0")]
    [InlineData(ViewKind.Actor, "h0/pcpu-0")]
    [InlineData(ViewKind.Timers, "")]
    [InlineData(ViewKind.Run, "")]
    public void View_has_these_names_and_values(ViewKind kind, string subject)
    {
        JsonNode document = DocumentOf(kind, subject);
        string text = document.ToJsonString(s_indented).ReplaceLineEndings("\n");
        GoldenText.AssertHolds($"{kind}.json".ToLowerInvariant(), text);
    }

    [Theory]
    [InlineData(ViewKind.Cluster, "")]
    [InlineData(ViewKind.Machine, "")]
    [InlineData(ViewKind.Host, "h0")]
    [InlineData(ViewKind.Actor, "h0/pcpu-0")]
    [InlineData(ViewKind.Timers, "")]
    [InlineData(ViewKind.Run, "")]
    public void Names_are_snake_case_and_times_say_their_unit(ViewKind kind, string subject)
    {
        string text = DocumentOf(kind, subject).ToJsonString();
        string[] names =
        [
            .. Regex
                .Matches(text, "\"(?<name>[^\"]*)\":", RegexOptions.None, TimeSpan.FromSeconds(1))
                .Select(match => match.Groups["name"].Value)
                .Distinct(StringComparer.Ordinal)
                // Exits by reason: names of perf.
                .Where(name => name is not ("HLT" or "MSR_WRITE")),
        ];
        Assert.True(names.Length > 20, text);
        Assert.All(names, name => Assert.Matches("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", name));
        Assert.DoesNotContain(
            names,
            name => name.EndsWith("nanoseconds", StringComparison.Ordinal)
        );
    }

    private static JsonNode DocumentOf(ViewKind kind, string subject)
    {
        FakeCluster cluster = new()
        {
            Phase = RunPhase.Running,
            Process = new ProcessMark(4711, 0, ""),
        };
        DateTimeOffset noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Sample before = cluster.Sampled(null, noon, 1);
        cluster.At += VirtualDuration.FromMilliseconds(10);
        cluster.Fired += 50;
        Sample now = cluster.Sampled(before, noon.AddSeconds(2), 2);
        return JsonNode.Parse(now.DocumentOf(new View(kind, subject)))!;
    }
}
