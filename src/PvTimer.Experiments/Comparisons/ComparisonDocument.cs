using System;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Statistics;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Comparisons;

/// <summary>A comparison as JSON: what <c>pvtimer compare --json</c> prints.</summary>
public static class ComparisonDocument
{
    private const int Schema = 1;

    public static JsonObject Of(PairedComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return new JsonObject
        {
            ["schema"] = Schema,
            ["left"] = comparison.Left.Name,
            ["right"] = comparison.Right.Name,
            ["seeds"] = new JsonArray([.. comparison.Seeds.Select(seed => (JsonNode)seed)]),
            ["level"] = comparison.Level,
            ["parameters"] = new JsonArray([
                .. comparison.Parameters.Select(each =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["key"] = each.Key,
                            ["left"] = each.Left,
                            ["right"] = each.Right,
                        }
                ),
            ]),
            ["pairs"] = new JsonArray([.. comparison.Pairs.Select(pair => (JsonNode)Of(pair))]),
        };
    }

    /// <summary>"inconclusive": as documents and tables call a verdict.</summary>
    public static string NameOf(PairedVerdict verdict) => KebabCase.Of(verdict.ToString());

    private static JsonObject Of(ComparedPair pair) =>
        new()
        {
            ["left"] = pair.Left.Name,
            ["right"] = pair.Right.Name,
            ["figures"] = Of(pair.Figures),
            ["exits"] = Of(pair.Exits),
            ["parting"] = pair.Divergence is { } divergence ? Of(divergence) : null,
        };

    private static JsonObject Of(ImmutableArray<PairedFigure> figures)
    {
        JsonObject all = [];
        foreach (PairedFigure figure in figures)
        {
            all[figure.Metric] = new JsonObject
            {
                ["unit"] = UnitOf(figure.Unit),
                ["left"] = Of(figure.Left),
                ["right"] = Of(figure.Right),
                ["difference"] = Of(figure.Difference),
                ["effect_size"] = Rounded(figure.EffectSize),
                ["verdict"] = NameOf(figure.Verdict),
            };
        }
        return all;
    }

    private static string UnitOf(FigureUnit unit) =>
        unit switch
        {
            FigureUnit.Span => "ns",
            FigureUnit.SpanPerSecond => "ns/s",
            FigureUnit.PerSecond => "1/s",
            _ => "1",
        };

    private static JsonObject? Of(ConfidenceInterval? interval) =>
        interval is null
            ? null
            : new JsonObject
            {
                ["mean"] = Rounded(interval.Mean),
                ["low"] = Rounded(interval.Low),
                ["high"] = Rounded(interval.High),
            };

    private static JsonObject Of(Divergence divergence) =>
        new()
        {
            ["events_alike"] = divergence.Alike,
            ["left"] = Of(divergence.Left),
            ["right"] = Of(divergence.Right),
            ["states"] = new JsonArray([
                .. divergence.States.Select(state =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["entity"] = state.Entity,
                            ["fields"] = new JsonArray([
                                .. state.Fields.Select(field =>
                                    (JsonNode)
                                        new JsonObject
                                        {
                                            ["path"] = field.Path,
                                            ["left"] = field.Left,
                                            ["right"] = field.Right,
                                        }
                                ),
                            ]),
                        }
                ),
            ]),
        };

    private static JsonObject? Of(PartingEvent? parting) =>
        parting is null
            ? null
            : new JsonObject
            {
                ["at_ns"] = (parting.At - VirtualTime.Zero).Nanoseconds,
                ["source"] = parting.Source,
                ["target"] = parting.Target,
                ["message"] = parting.Message,
            };

    private static double? Rounded(double? value) =>
        value is { } number ? Math.Round(number, 6) : null;
}
