using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Experiments;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using Spectre.Console;

namespace PvTimer.Cli.Display;

/// <summary>What a cluster says of itself, for people to read.</summary>
internal static class ClusterTables
{
    private const int HistoryShown = 8;

    /// <summary>The run, the members and how they are, and what has happened last.</summary>
    public static void DrawStatus(IAnsiConsole console, ClusterStatus status)
    {
        if (status.Run is { } run)
        {
            console.WriteLine($"run {run.Id}: {Describe(run)}");
        }
        else
        {
            console.WriteLine("no run");
        }
        DrawMembers(console, status);
        IEnumerable<string> history = status.Run?.History ?? [];
        foreach (string line in history.TakeLast(HistoryShown))
        {
            console.WriteLine($"  {line}");
        }
    }

    public static void DrawMembers(IAnsiConsole console, ClusterStatus status)
    {
        Table table = Empty("node", "address", "status", "roles", "doing", "cells", "memory");
        foreach (MemberStatusLine member in status.Members)
        {
            NodeReport? report = member.Report;
            Add(
                table,
                report?.Seat.Name ?? "",
                ClusterDoor.EndpointOf(member.Address),
                StatusOf(member),
                string.Join(',', report?.Seat.Roles ?? []),
                report is null ? "not heard of yet" : Doing(report, member.SilenceMilliseconds),
                Number(report?.Cells ?? 0),
                report is null ? "" : $"{Number(report.MemoryBytes / 1_000_000)} MB"
            );
        }
        console.Write(table);
    }

    public static void DrawShards(IAnsiConsole console, ClusterStatus status)
    {
        if (status.Cells.IsEmpty)
        {
            console.WriteLine("no run, so no cells");
            return;
        }
        Table table = Empty("node", "cells", "");
        foreach (
            IGrouping<string, CellHome> node in status.Cells.GroupBy(
                cell => cell.Node,
                System.StringComparer.Ordinal
            )
        )
        {
            Add(
                table,
                node.Key,
                Number(node.Count()),
                string.Join(' ', node.Select(cell => cell.Cell))
            );
        }
        console.Write(table);
    }

    /// <summary>What other numbers of nodes would make of the run.</summary>
    public static void DrawAdvice(IAnsiConsole console, ScaleAdvice advice)
    {
        console.WriteLine(
            $"{advice.Nodes} nodes, {Quantities.Count((long)advice.WindowsPerSecond)} windows/s, {advice.EventsPerWindow.ToString("0.0", CultureInfo.InvariantCulture)} events per window"
        );
        Table table = Empty("nodes", "a virtual second takes", "");
        int[] doublings = [1, 2, 4, 8, 16, 32, 64, 128, advice.Nodes, advice.Best];
        foreach (
            int nodes in doublings
                .Where(nodes => nodes <= 4 * Math.Max(advice.Nodes, advice.Best))
                .Distinct()
                .Order()
        )
        {
            Add(
                table,
                Number(nodes),
                Quantities.Span((long)(advice.TimeOn(nodes) * 1e9)),
                nodes == advice.Nodes ? "now"
                    : nodes == advice.Best ? "best"
                    : ""
            );
        }
        console.Write(table);
        console.WriteLine($"{advice.Verdict}: a prediction, for nodes with a core of their own");
    }

    private static string Describe(RunStatus run)
    {
        string what = run.What is null ? "" : $" ({run.What})";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Word(run.Phase)}{what}, {Quantities.Span(run.ReachedNanoseconds)} of virtual time, {Quantities.Count(run.Events)} events, formation {run.Epoch}, {Quantities.Count(run.Rounds)} windows"
        );
    }

    private static string StatusOf(MemberStatusLine member)
    {
        List<string> words = [Word(member.Status)];
        if (!member.IsReachable)
        {
            words.Add("unreachable");
        }
        if (member.IsOldest)
        {
            words.Add("coordinator");
        }
        if (member.IsDraining)
        {
            words.Add("drains");
        }
        return string.Join(", ", words);
    }

    private static string Doing(NodeReport report, long silence)
    {
        const long LongSilence = 1_000;
        string waiting = report.WaitingFor is null ? "" : $", waits for {report.WaitingFor}";
        string silent =
            silence < LongSilence ? "" : $", silent for {Quantities.Span(silence * 1e6)}";
        return $"{Word(report.Phase)}{waiting}{silent}";
    }

    private static Table Empty(params string[] columns)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column));
        }
        return table;
    }

    private static void Add(Table table, params IEnumerable<string> cells) =>
        table.AddRow([.. cells.Select(Markup.Escape)]);

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Word(object value) => value.ToString()!.ToLowerInvariant();
}
