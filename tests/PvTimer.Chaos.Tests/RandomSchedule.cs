using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace PvTimer.Chaos.Tests;

/// <summary>A random run: one to three faults on two to five nodes. One seed gives one schedule.</summary>
internal sealed class RandomSchedule(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<string> _faults = [];
    private readonly HashSet<string> _unheard = new(StringComparer.Ordinal);
    private int _launched;
    private bool _isEarly;
    private string _moment = "50%";

    public ChaosRun Run { get; private set; } = null!; // reason: set by Of

    /// <summary>
    /// Whether it may end a run: so many nodes are killed, leave or are silent that the others need not be
    /// a majority, or one is gone before the first formation.
    /// </summary>
    public bool MayEnd =>
        _isEarly
        || (Run.Policy == "dedicated" && _unheard.Count > 1)
        || 2 * _unheard.Count >= Run.Nodes;

    public static RandomSchedule Of(int seed)
    {
        RandomSchedule schedule = new(seed);
        schedule.Run = schedule.Draw();
        return schedule;
    }

    private ChaosRun Draw()
    {
        _launched = _random.Next(2, 6);
        int nodes = _launched;
        string policy = OneOf(
            "pack-by-host",
            "pack-by-host",
            "pack-by-host",
            "spread",
            "dedicated"
        );
        string checkpoints = OneOf("0s", "50ms", "100ms", "300ms", "2s");
        int count = _random.Next(1, 4);
        for (int number = 0; number < count; number++)
        {
            _moment = number > 0 && _random.Next(100) < 40 ? Shortly(_moment) : AnyMoment();
            _faults.Add(AnyFault());
        }
        bool isApart = _random.Next(3) == 0;
        return new ChaosRun(nodes, policy, checkpoints, [.. _faults], isApart);
    }

    private string AnyFault()
    {
        int draw = _random.Next(100);
        if (draw < 15)
        {
            return $"move:h{_random.Next(8)}:{AnyNode()}@{_moment}";
        }
        if (draw < 27)
        {
            _launched++;
            return $"join@{_moment}";
        }
        if (draw < 35 && _launched > 2)
        {
            return Partition();
        }
        if (draw < 40)
        {
            string what = $"{{ migrate = web-{_random.Next(1, 7)}, to = h{_random.Next(8)} }}";
            return $"inject:{what}@{_moment}";
        }
        string node = AnyNode();
        _unheard.Add(node);
        _isEarly |= _moment.StartsWith("start", StringComparison.Ordinal);
        return draw < 55 ? $"pause:{node}@{_moment}:{_random.Next(1, 50) * 100}ms"
            : draw < 67 ? $"leave:{node}@{_moment}"
            : $"kill:{node}@{_moment}";
    }

    private string Partition()
    {
        string[] names = [.. Enumerable.Range(1, _launched).Select(Name)];
        _random.Shuffle(names);
        int first = _random.Next(1, _launched);
        _unheard.UnionWith(names[..Math.Min(first, _launched - first)]);
        string sides = $"{string.Join(',', names[..first])}|{string.Join(',', names[first..])}";
        return $"partition:{sides}@{_moment}:{_random.Next(2, 80) * 100}ms";
    }

    private string AnyNode() =>
        _random.Next(100) < 30 ? "coordinator" : Name(_random.Next(1, _launched + 1));

    private string AnyMoment() =>
        _random.Next(100) < 15 ? Shortly("start") : $"{_random.Next(1, 96)}%";

    /// <summary>Into whatever the fault before has begun.</summary>
    private string Shortly(string moment) => $"{moment.Split('+')[0]}+{_random.Next(0, 80) * 10}ms";

    private string OneOf(params ReadOnlySpan<string> choices) =>
        choices[_random.Next(choices.Length)];

    private static string Name(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"node-{number}");
}
