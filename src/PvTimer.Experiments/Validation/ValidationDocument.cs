using System;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Validation;

/// <summary>The result of a validation as JSON: what `pvtimer validate --json` prints.</summary>
public static class ValidationDocument
{
    private const int Schema = 1;

    public static JsonObject Of(ValidationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new JsonObject
        {
            ["schema"] = Schema,
            ["rows"] = new JsonArray([.. result.Rows.Select(row => (JsonNode)Of(row))]),
            ["summary"] = new JsonObject
            {
                ["rows"] = Counts(result.CountRows),
                ["figures"] = Counts(result.CountFigures),
            },
            ["prediction"] = ValidationResult.Prediction,
        };
    }

    /// <summary>"not-covered": as documents and tables call a verdict.</summary>
    public static string NameOf(ValidationVerdict verdict) => KebabCase.Of(verdict.ToString());

    private static JsonObject Counts(Func<ValidationVerdict, int> count)
    {
        JsonObject counts = [];
        foreach (ValidationVerdict verdict in Enum.GetValues<ValidationVerdict>())
        {
            counts[NameOf(verdict)] = count(verdict);
        }
        return counts;
    }

    private static JsonObject Of(ValidatedRow row)
    {
        JsonObject document = new()
        {
            ["row"] = row.Published.Number,
            ["workload"] = row.Published.Workload,
            ["policy"] = row.Published.Policy,
            ["source"] = row.Published.Source,
            ["verdict"] = NameOf(row.Verdict),
        };
        Add(document, "remark", row.Published.Remark);
        document["figures"] = new JsonArray([.. row.Figures.Select(each => (JsonNode)Of(each))]);
        return document;
    }

    /// <summary>A value that does not exist is absent.</summary>
    private static JsonObject Of(ValidatedFigure figure)
    {
        PublishedFigure published = figure.Published;
        JsonObject document = new() { ["figure"] = figure.Key, ["what"] = published.What };
        if (published.Value is { } value)
        {
            document["published"] = Rounded(value);
            document["unit"] = published.Unit;
        }
        else
        {
            document["published_text"] = published.Text;
        }
        if (figure.Emulated is { } emulated)
        {
            document["emulated"] = Rounded(emulated);
        }
        if (figure.Ratio is { } ratio)
        {
            document["ratio"] = Rounded(ratio);
        }
        if (!published.Runs.IsEmpty)
        {
            document["tolerance"] = new JsonObject
            {
                ["kind"] = KebabCase.Of(published.Tolerance.Kind.ToString()),
                ["width"] = published.Tolerance.Width,
            };
        }
        document["verdict"] = NameOf(figure.Verdict);
        Add(document, "fitted_by", published.FittedBy);
        Add(document, "lacks", published.Lacks);
        if (!published.Runs.IsEmpty)
        {
            document["commands"] = new JsonArray([
                .. published.Runs.Select(run => (JsonNode)JsonValue.Create(run.Command)),
            ]);
        }
        return document;
    }

    private static void Add(JsonObject document, string key, string? text)
    {
        if (text is not null)
        {
            document[key] = text;
        }
    }

    private static double Rounded(double value) => Math.Round(value, 6);
}
