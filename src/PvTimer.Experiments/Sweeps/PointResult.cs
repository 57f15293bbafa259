using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Sweeps;

/// <summary>A number of a run.</summary>
/// <param name="Name">
/// Its path below the back-end in summary.json, "lateness_ns.p99"; or below verdict, "verdict.exits".
/// </param>
/// <param name="Text">As summary.json writes it: integers have neither point nor exponent.</param>
public readonly record struct Metric(string Name, string Text)
{
    /// <summary>As a floating-point number; nanoseconds of virtual time if the name says _ns.</summary>
    public double Value => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Exactly; null: it is no integer.</summary>
    public long? Whole =>
        long.TryParse(
            Text,
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out long whole
        )
            ? whole
            : null;
}

/// <summary>What one run came to. There is no wall time in it: the same run gives the same bytes anywhere.</summary>
/// <param name="Hash">See <see cref="SweepRun.Hash"/>.</param>
/// <param name="Backend">The back-end's name.</param>
/// <param name="Seed">The run's.</param>
/// <param name="TraceHash">Of all its events.</param>
/// <param name="Metrics">In the order of summary.json; a value that does not exist is absent.</param>
public sealed record PointResult(
    string Hash,
    string Backend,
    ulong Seed,
    string TraceHash,
    ImmutableArray<Metric> Metrics
)
{
    /// <summary>Keys of summary.json that tell of the machine that ran it, not of the one that was run.</summary>
    private static readonly string[] OfTheRunner = ["wall_seconds", "events_per_second"];

    /// <summary>A number by its exact name; null: the run has none.</summary>
    public double? Find(string name)
    {
        foreach (Metric metric in Metrics)
        {
            if (metric.Name == name)
            {
                return metric.Value;
            }
        }
        return null;
    }

    /// <summary>The same as it is written; null: the run has none.</summary>
    internal decimal? FindExactly(string name)
    {
        foreach (Metric metric in Metrics)
        {
            if (metric.Name == name)
            {
                return decimal.Parse(metric.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
            }
        }
        return null;
    }

    /// <summary>Reads the numbers off a finished run.</summary>
    internal static PointResult Of(string hash, Scenario scenario, BackendResult result)
    {
        List<Metric> metrics = [];
        JsonObject summary = SummaryDocument.Of(result, scenario);
        foreach ((string key, JsonNode? node) in summary)
        {
            if (!OfTheRunner.Contains(key, StringComparer.Ordinal))
            {
                Flatten(key, node, metrics);
            }
        }
        foreach (Criterion criterion in Verdict.Of([ComparedBackend.Of(result)]).Criteria)
        {
            if (criterion.Of(result.Backend.Name) is { } figure)
            {
                metrics.Add(
                    new Metric(
                        MetricName.Verdict + criterion.Name,
                        figure.ToString(CultureInfo.InvariantCulture)
                    )
                );
            }
        }
        metrics.Add(
            new Metric(
                MetricName.Duration,
                scenario.Duration.Nanoseconds.ToString(CultureInfo.InvariantCulture)
            )
        );
        return new PointResult(
            hash,
            result.Backend.Name,
            scenario.Seed,
            result.Outcome.TraceHash,
            [.. metrics]
        );
    }

    /// <summary>A JSON document with a line feed at its end.</summary>
    internal string Write()
    {
        JsonObject metrics = [];
        foreach (Metric metric in Metrics)
        {
            metrics[metric.Name] = JsonNode.Parse(metric.Text);
        }
        return new JsonObject
            {
                ["schema"] = PointCode.Schema,
                ["hash"] = Hash,
                ["backend"] = Backend,
                ["seed"] = Seed,
                ["trace_hash"] = TraceHash,
                ["metrics"] = metrics,
            }.ToJsonString() + "\n";
    }

    /// <exception cref="InvalidDataException">It is no result, or none of this version.</exception>
    internal static PointResult Read(string text)
    {
        try
        {
            JsonNode document = JsonNode.Parse(text)!;
            return (int)document["schema"]! == PointCode.Schema
                ? new PointResult(
                    (string)document["hash"]!,
                    (string)document["backend"]!,
                    (ulong)document["seed"]!,
                    (string)document["trace_hash"]!,
                    [
                        .. document["metrics"]!
                            .AsObject()
                            .Select(pair => new Metric(pair.Key, pair.Value!.ToJsonString())),
                    ]
                )
                : throw new InvalidDataException("a result of another version");
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or NullReferenceException
                        or InvalidOperationException
                        or FormatException
                        or ArgumentException
            )
        {
            throw new InvalidDataException($"no result of a run: {e.Message}", e);
        }
    }

    /// <summary>Objects by key, lists by number; text and what does not exist are left out.</summary>
    private static void Flatten(string path, JsonNode? node, List<Metric> into)
    {
        switch (node)
        {
            case JsonObject inner:
                foreach ((string key, JsonNode? value) in inner)
                {
                    Flatten($"{path}.{key}", value, into);
                }
                break;
            case JsonArray list:
                for (int index = 0; index < list.Count; index++)
                {
                    Flatten(
                        string.Create(CultureInfo.InvariantCulture, $"{path}.{index}"),
                        list[index],
                        into
                    );
                }
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                into.Add(new Metric(path, value.ToJsonString()));
                break;
            default:
                break;
        }
    }
}
