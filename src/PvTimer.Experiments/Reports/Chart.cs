using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace PvTimer.Experiments.Reports;

/// <summary>A picture, without a word about how it is drawn.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Summary">The same in a sentence, for who does not see it.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CurveChart), "curves")]
[JsonDerivedType(typeof(BarChart), "bars")]
[JsonDerivedType(typeof(HeatMapChart), "heat")]
public abstract record Chart(string Title, string Summary);

/// <summary>Curves, or points, over two numbers.</summary>
/// <param name="Title">See <see cref="Chart"/>.</param>
/// <param name="Summary">See <see cref="Chart"/>.</param>
/// <param name="X">The axis across.</param>
/// <param name="Y">The axis upwards.</param>
/// <param name="Curves">At most about ten can be told apart.</param>
internal sealed record CurveChart(
    string Title,
    string Summary,
    ChartAxis X,
    ChartAxis Y,
    ImmutableArray<Curve> Curves
) : Chart(Title, Summary);

/// <param name="Name">As its legend says.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Points">From left to right, each x and y; on a logarithmic axis more than 0.</param>
internal sealed record Curve(string Name, CurveStyle Style, ImmutableArray<double[]> Points);

internal enum CurveStyle
{
    /// <summary>From point to point.</summary>
    Line,

    /// <summary>Level until the next point: a distribution.</summary>
    Steps,

    /// <summary>The same, dashed: what others measured, or arithmetic.</summary>
    Reference,

    /// <summary>Points alone.</summary>
    Points,
}

/// <param name="Name">What it counts; empty if the title says it.</param>
/// <param name="Unit">Of its numbers.</param>
/// <param name="IsLogarithmic">Equal distances are equal ratios.</param>
internal sealed record ChartAxis(string Name, ChartUnit Unit, bool IsLogarithmic = false);

internal enum ChartUnit
{
    /// <summary>A number.</summary>
    Count,

    /// <summary>Nanoseconds.</summary>
    Span,

    /// <summary>0 to 1, shown in per cent.</summary>
    Share,
}

/// <summary>Horizontal bars of parts that add up.</summary>
/// <param name="Title">See <see cref="Chart"/>.</param>
/// <param name="Summary">See <see cref="Chart"/>.</param>
/// <param name="Axis">What the lengths are.</param>
/// <param name="Bars">Their names, from above.</param>
/// <param name="Parts">Each with a length for every bar.</param>
internal sealed record BarChart(
    string Title,
    string Summary,
    ChartAxis Axis,
    ImmutableArray<string> Bars,
    ImmutableArray<BarPart> Parts
) : Chart(Title, Summary);

/// <param name="Name">As its legend says.</param>
/// <param name="Lengths">One for each bar.</param>
internal sealed record BarPart(string Name, ImmutableArray<double> Lengths);

/// <summary>A number for each row and column, as a colour on a logarithmic scale.</summary>
/// <param name="Title">See <see cref="Chart"/>.</param>
/// <param name="Summary">See <see cref="Chart"/>.</param>
/// <param name="Columns">Their names, from the left.</param>
/// <param name="Rows">Their names, from above.</param>
/// <param name="Unit">Of the numbers.</param>
/// <param name="Cells">Each column, row and number more than 0; what is missing has none.</param>
internal sealed record HeatMapChart(
    string Title,
    string Summary,
    ImmutableArray<string> Columns,
    ImmutableArray<string> Rows,
    ChartUnit Unit,
    ImmutableArray<double[]> Cells
) : Chart(Title, Summary);
