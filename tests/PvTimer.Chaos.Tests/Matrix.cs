using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Chaos.Tests;

/// <summary>Every number of processes, under every policy, with every kind of fault.</summary>
internal static class Matrix
{
    private static readonly int[] Nodes = [1, 2, 3, 5];

    private static readonly string[] Policies = ["pack-by-host", "spread", "dedicated"];

    private static readonly string[] Faults =
    [
        "quiet",
        "move",
        "join",
        "leave",
        "kill-worker",
        "kill-coordinator",
        "pause",
        "partition",
    ];

    /// <summary>All of it; a partition needs two nodes.</summary>
    public static IEnumerable<(int Nodes, string Policy, string Fault)> All =>
        from nodes in Nodes
        from policy in Policies
        from fault in Faults
        where nodes > 1 || fault != "partition"
        select (nodes, policy, fault);

    public static ChaosRun Run(int nodes, string policy, string fault) =>
        new(nodes, policy, "100ms", [.. FaultsOf(fault, nodes)]);

    /// <summary>One process cannot outlive itself: the run stops there and is resumed.</summary>
    public static ChaosEnd Expected(int nodes, string fault) =>
        nodes == 1 && (fault is "leave" or "kill-worker" or "kill-coordinator")
            ? ChaosEnd.Resumed
            : ChaosEnd.Same;

    private static ImmutableArray<string> FaultsOf(string fault, int nodes)
    {
        string last = string.Create(CultureInfo.InvariantCulture, $"node-{nodes}");
        return fault switch
        {
            "quiet" => [],
            "move" => [$"move:h3:{last}@20%", "move:h0:coordinator@60%"],
            // One process alone runs at full speed; once there are two, spread CPUs take their time.
            "join" => [nodes == 1 ? "join@45%" : "join@20%"],
            "leave" => [$"leave:{last}@40%"],
            "kill-worker" => [$"kill:{last}@50%"],
            "kill-coordinator" => ["kill:coordinator@50%"],
            "pause" => [$"pause:{last}@50%:700ms"],
            "partition" => [$"partition:{Sides(nodes)}@50%:30s"],
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault"),
        };
    }

    /// <summary>The coordinator's side is the smaller one: a successor has to take over.</summary>
    private static string Sides(int nodes)
    {
        string[] names =
        [
            .. Enumerable
                .Range(1, nodes)
                .Select(number => string.Create(CultureInfo.InvariantCulture, $"node-{number}")),
        ];
        return $"{string.Join(',', names[..(nodes / 2)])}|{string.Join(',', names[(nodes / 2)..])}";
    }
}
