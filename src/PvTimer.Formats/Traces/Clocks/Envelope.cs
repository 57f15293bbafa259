using System;
using System.Collections.Generic;

namespace PvTimer.Formats.Traces.Clocks;

/// <summary>
/// The straight line that no point is above and that is closest to them on average. What delays an
/// interrupt only ever adds: the promptest ones touch the line, and noise does not move it.
/// </summary>
/// <remarks>
/// Among all lines above the points, the sum of distances is smallest for the edge of their upper convex hull that
/// spans the mean of their x: moving the line about a corner changes the sum by the number of points times the
/// distance of that corner from the mean.
/// </remarks>
internal static class Envelope
{
    /// <summary>Its slope; null if all points have the same x.</summary>
    /// <param name="points">In the order of x.</param>
    public static double? Slope(IReadOnlyList<(double X, double Y)> points)
    {
        List<(double X, double Y)> hull = [];
        double mean = 0;
        foreach ((double X, double Y) point in points)
        {
            mean += point.X / points.Count;
            while (hull.Count > 1 && IsBelow(hull[^1], hull[^2], point))
            {
                hull.RemoveAt(hull.Count - 1);
            }
            if (hull is [.., var last] && last.X == point.X)
            {
                hull[^1] = (point.X, Math.Max(last.Y, point.Y));
                continue;
            }
            hull.Add(point);
        }
        for (int i = 1; i < hull.Count; i++)
        {
            if (hull[i].X >= mean || i == hull.Count - 1)
            {
                return (hull[i].Y - hull[i - 1].Y) / (hull[i].X - hull[i - 1].X);
            }
        }
        return null;
    }

    private static bool IsBelow(
        (double X, double Y) point,
        (double X, double Y) from,
        (double X, double Y) to
    ) => (point.Y - from.Y) * (to.X - from.X) <= (to.Y - from.Y) * (point.X - from.X);
}
