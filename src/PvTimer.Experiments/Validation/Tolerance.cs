using System;
using System.Globalization;

namespace PvTimer.Experiments.Validation;

/// <summary>How far an emulated figure may lie from a published one.</summary>
public enum ToleranceKind
{
    /// <summary>Not at all.</summary>
    Exact,

    /// <summary>By a share of the published figure.</summary>
    Share,

    /// <summary>By percentage points: the figure itself is a change in per cent.</summary>
    Points,
}

/// <summary>A tolerance. There are two for all rows; where a row has its own, its publication or the closed form says it.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Width">Share: 0.25 is a quarter. Points: 5 is five of them. Exact: 0.</param>
public readonly record struct Tolerance(ToleranceKind Kind, double Width)
{
    public static Tolerance Exact { get; } = new(ToleranceKind.Exact, 0);

    /// <summary>Of figures: a quarter.</summary>
    public static Tolerance Usual { get; } = new(ToleranceKind.Share, 0.25);

    /// <summary>Of changes: 5 points.</summary>
    public static Tolerance UsualChange { get; } = new(ToleranceKind.Points, 5);

    public bool Holds(double published, double emulated) =>
        Kind switch
        {
            ToleranceKind.Exact => emulated.Equals(published),
            ToleranceKind.Share => Math.Abs(emulated - published) <= Width * Math.Abs(published),
            _ => Math.Abs(emulated - published) <= Width,
        };

    public override string ToString() =>
        Kind switch
        {
            ToleranceKind.Exact => "exact",
            ToleranceKind.Share => string.Create(
                CultureInfo.InvariantCulture,
                $"+-{100 * Width:0.#} %"
            ),
            _ => string.Create(CultureInfo.InvariantCulture, $"+-{Width:0.#} points"),
        };
}
