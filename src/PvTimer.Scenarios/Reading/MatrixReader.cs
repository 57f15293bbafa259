using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads what a scenario asks, and the matrix that it comes with.</summary>
internal static class MatrixReader
{
    private const int MostCharacters = 200;
    private const int MostRepetitions = 10_000;

    /// <summary>Null: it asks nothing.</summary>
    public static string? Question(Settings from)
    {
        string accepted = string.Create(
            CultureInfo.InvariantCulture,
            $"a sentence of 1 to {MostCharacters} characters on one line"
        );
        return from.Text("question") switch
        {
            null => null,
            { Length: 0 or > MostCharacters } text => throw from.Error(
                "question",
                string.Create(CultureInfo.InvariantCulture, $"has {text.Length} characters"),
                accepted
            ),
            string text when text.Any(char.IsControl) => throw from.Error(
                "question",
                "has control characters",
                accepted
            ),
            string text => text,
        };
    }

    /// <summary>Its axes are understood by who sweeps over them.</summary>
    /// <param name="section">The section sweep.</param>
    public static SweepSettings Read(Settings section)
    {
        const string Accepted = "a list of axes, such as [\"host.cpus=2,4\"]";
        ImmutableArray<string> over = section.Find("over") switch
        {
            null => [],
            SourceList { Items: var items } when items.All(item => item is SourceText) =>
            [
                .. items.Cast<SourceText>().Select(item => item.Value),
            ],
            _ => throw section.Error("over", "is no list of texts", Accepted),
        };
        SweepSettings sweep = new(
            over,
            section.Has("repeat") ? section.Whole("repeat", 1, MostRepetitions, null) : null
        );
        section.RejectUnknown();
        return sweep;
    }
}
