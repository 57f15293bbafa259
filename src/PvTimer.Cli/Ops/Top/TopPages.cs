using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.OpsConsole.Documents;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.Cli.Ops.Top;

/// <summary>The tables of the pages: the same documents that the browser gets.</summary>
internal static class TopPages
{
    /// <summary>A page's table.</summary>
    public static TopTable TableOf(View view, Sample sample) =>
        view.Kind switch
        {
            ViewKind.Machine => Machine(MachineContent.Of(sample)),
            ViewKind.Host => Host(
                HostContent.Of(sample, view.Subject),
                sample.Look?.Look?.At.Nanoseconds ?? 0
            ),
            ViewKind.Actor => Actor(ActorContent.Of(sample, view.Subject)),
            ViewKind.Timers => Timers(TimersContent.Of(sample)),
            _ => Members(ClusterContent.Of(sample)),
        };

    /// <summary>What stands below the table.</summary>
    public static IEnumerable<TopLine> Below(TopState state, Sample sample) =>
        state.View.Kind switch
        {
            ViewKind.Cluster => BelowMembers(ClusterContent.Of(sample)),
            ViewKind.Machine when MachineContent.Of(sample) is { } content => BelowHosts(
                content,
                state,
                sample
            ),
            _ => [],
        };

    private static IEnumerable<TopLine> BelowMembers(ClusterContent content)
    {
        if (content.Windows is { } windows)
        {
            string link = windows.Link is null ? "" : $" ({windows.Link})";
            string checkpoint = windows.CheckpointAtNs is { } at
                ? $"at {Quantities.Span(at)}, {Age(windows.CheckpointAgeMs)} ago"
                : "none yet";
            yield return new TopLine(
                $"lookahead {Quantities.Span(windows.LookaheadNs)}{link}; checkpoint {checkpoint}; {windows.Checkpoints} stood {Quantities.Span(windows.FreezingMs * 1e6)}",
                TopTone.Dim
            );
        }
        foreach (
            IGrouping<string, ShardDocument> node in content.Shards.GroupBy(
                shard => shard.Node,
                System.StringComparer.Ordinal
            )
        )
        {
            yield return new TopLine(
                $"{node.Key}: {string.Join(' ', node.Select(shard => shard.Shard))}"
            );
        }
        foreach (string line in content.History)
        {
            yield return new TopLine(line, TopTone.Dim);
        }
    }

    /// <summary>Why guests exit: on all hosts, and on the marked one.</summary>
    private static IEnumerable<TopLine> BelowHosts(
        MachineContent content,
        TopState state,
        Sample sample
    )
    {
        ImmutableArray<TopRow> shown = TableOf(state.View, sample).Shown(state);
        string? marked = shown.IsEmpty ? null : shown[TopTable.MarkOf(state, shown)].Key;
        return new[] { content.All }
            .Concat(content.Hosts.Where(host => host.Name == marked))
            .Where(host => host.ExitsPerSecond is not null)
            .Select(host => new TopLine(
                $"{host.Name}, exits/s: {string.Join(", ", host.ExitsPerSecond!.OrderByDescending(exit => exit.Value).Select(exit => $"{exit.Key} {Quantities.Count(exit.Value)}"))}",
                TopTone.Dim
            ));
    }

    private static TopTable Members(ClusterContent content) =>
        new(
            [
                new("node", 10),
                new("status", 20),
                new("doing", 22),
                new("waited", 8, true),
                new("cells", 5, true),
                new("memory", 7, true),
            ],
            content.Members.Select(member => new TopRow(
                member.Address,
                [
                    new(member.Name ?? member.Address),
                    new(StatusOf(member)),
                    new(
                        member.WaitingFor is null
                            ? $"{member.Doing}".ToLowerInvariant()
                            : $"waits for {member.WaitingFor}"
                    ),
                    new(Age(member.WaitedMs), member.WaitedMs),
                    new($"{member.Cells}", member.Cells),
                    new($"{member.MemoryBytes / 1_000_000} MB", member.MemoryBytes),
                ],
                IsBad: !member.Reachable || member.Status != "up"
            ))
        );

    private static string StatusOf(MemberDocument member) =>
        member.Status
        + (member.Reachable ? "" : ", unreachable")
        + (member.Coordinator ? ", coordinator" : "")
        + (member.Draining ? ", drains" : "");

    private static TopTable Machine(MachineContent? content) =>
        new(
            [
                new("host", 7),
                new("exits/s", 9, true),
                new("timers/s", 9, true),
                new("p50", 8, true),
                new("p99", 8, true),
                new("timercpu", 8, true),
                new("scan", 8, true),
                new("busy", 7, true),
                new("pend", 6, true),
            ],
            (content?.Hosts ?? []).Select(host => new TopRow(
                host.Name,
                [
                    new(host.Name),
                    Rate(host.ExitsPerSecond?.Values.Sum()),
                    Rate(host.FiredPerSecond),
                    Span(host.P50Ns),
                    Span(host.P99Ns),
                    Share(host.TimerCpu),
                    Span(host.ScanNs),
                    Share(host.Busy),
                    new($"{host.Pending}", host.Pending),
                ],
                new View(ViewKind.Host, host.Name),
                IsBad: host.Overdue > 0
            ))
        );

    private static TopTable Host(HostContent? content, long now) =>
        new(
            [
                new("actor", 20),
                new("does", 11),
                new("on, or has", 20),
                new("exits", 8, true),
                new("fired", 7, true),
                new("due in", 8, true),
            ],
            [
                .. (content?.Pcpus ?? []).Select(pcpu => new TopRow(
                    pcpu.Name,
                    [
                        new(pcpu.Name),
                        new(pcpu.Doing),
                        new(pcpu.Current ?? (pcpu.TimerCpu ? "timer CPU" : "")),
                        default(TopCell) with
                        {
                            Text = "",
                        },
                        default(TopCell) with
                        {
                            Text = "",
                        },
                        Span(pcpu.NextExpiryNs?.Nanoseconds - now),
                    ],
                    new View(ViewKind.Actor, pcpu.Name),
                    IsBad: pcpu.Doing == "Offline"
                )),
                .. (content?.Vcpus ?? []).Select(vcpu => new TopRow(
                    vcpu.Name,
                    [
                        new(vcpu.Name),
                        new(vcpu.Thread ?? ""),
                        new(vcpu.Pcpu ?? ""),
                        Number(vcpu.Exits),
                        Number(vcpu.Fired),
                        Span(vcpu.DeadlineNs?.Nanoseconds - now),
                    ],
                    new View(ViewKind.Actor, vcpu.Name)
                )),
            ]
        );

    private static TopTable Actor(ActorContent? content) =>
        new(
            [new("field", 40), new("value", 38)],
            (content?.Fields ?? []).Select(field => new TopRow(
                field[0],
                [new(field[0]), new(field[1])]
            ))
        );

    private static TopTable Timers(TimersContent? content) =>
        new(
            [
                new("vCPU", 20),
                new("in", 9, true),
                new("waits in", 9),
                new("held by", 18),
                new("risk", 20),
            ],
            (content?.Timers ?? []).Select(timer => new TopRow(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{timer.Vcpu} {timer.DueNs.Nanoseconds}"
                ),
                [
                    new(timer.Vcpu),
                    Span(timer.InNs.Nanoseconds),
                    new($"{timer.Place}"),
                    new(timer.Holder),
                    new(timer.Risk == Model.Looks.TimerRisk.None ? "" : $"{timer.Risk}"),
                ],
                new View(ViewKind.Actor, timer.Vcpu),
                IsBad: timer.Risk != Model.Looks.TimerRisk.None
            ))
        );

    /// <summary>Wall time: "0.4 s".</summary>
    public static string Age(long milliseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1e3:0.0} s");

    private static TopCell Number(long count) => new(Quantities.Count(count), count);

    private static TopCell Rate(double? rate) =>
        rate is { } value ? new(Quantities.Count(value), value) : new("");

    private static TopCell Span(long? nanoseconds) =>
        nanoseconds is { } value ? new(Quantities.Span(value), value) : new("");

    private static TopCell Share(double? share) =>
        share is { } value
            ? new(string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.0} %"), value)
            : new("");
}
