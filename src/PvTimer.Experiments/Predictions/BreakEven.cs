using System;
using System.Collections.Immutable;
using System.Linq;

namespace PvTimer.Experiments.Predictions;

/// <summary>
/// From how many vCPUs on a CPU that is dedicated to timers gives back more time than it takes: emulated for growing
/// numbers of the same guest, and carried on in a straight line beyond.
/// </summary>
/// <param name="Against">The back-end that is given up for pvtimer.</param>
/// <param name="Points">By ascending vCPUs, at least one.</param>
public sealed record BreakEven(string Against, ImmutableArray<BreakEvenPoint> Points)
{
    /// <summary>vCPUs from which it pays if the timer CPU counts as a whole one.</summary>
    public BreakEvenAnswer Whole => Answer(point => point.Saved - 1);

    /// <summary>vCPUs from which it pays if only the time counts in which the timer CPU is busy.</summary>
    public BreakEvenAnswer Busy => Answer(point => point.Saved - point.TimerCpu);

    private BreakEvenAnswer Answer(Func<BreakEvenPoint, double> gain)
    {
        int first = Points.IndexOf(Points.FirstOrDefault(point => gain(point) >= 0)!);
        BreakEvenPoint last = Points[^1];
        if (first == 0)
        {
            return new BreakEvenAnswer(Points[0].Vcpus, IsEmulated: true);
        }
        if (first > 0)
        {
            double vcpus = Crossing(Points[first - 1], Points[first], gain);
            return new BreakEvenAnswer((int)Math.Ceiling(vcpus), IsEmulated: true);
        }
        double slope =
            Points.Length == 1
                ? (gain(last) - gain(last with { Saved = 0, TimerCpu = 0 })) / last.Vcpus
                : (gain(last) - gain(Points[0])) / (last.Vcpus - Points[0].Vcpus);
        return slope <= 0
            ? new BreakEvenAnswer(null, IsEmulated: false)
            : new BreakEvenAnswer(
                (int)Math.Min(int.MaxValue, Math.Ceiling(last.Vcpus - (gain(last) / slope))),
                IsEmulated: false
            );
    }

    private static double Crossing(
        BreakEvenPoint below,
        BreakEvenPoint above,
        Func<BreakEvenPoint, double> gain
    ) => below.Vcpus + ((above.Vcpus - below.Vcpus) * -gain(below) / (gain(above) - gain(below)));
}

/// <summary>One number of vCPUs.</summary>
/// <param name="Vcpus">Served by one timer CPU.</param>
/// <param name="Saved">CPU seconds a second that their pCPUs spend less on exits, interrupts and wake-ups.</param>
/// <param name="TimerCpu">CPU seconds a second that the timer CPU is busy.</param>
public sealed record BreakEvenPoint(int Vcpus, double Saved, double TimerCpu);

/// <param name="Vcpus">From so many on; null: never, each further vCPU costs more than it saves.</param>
/// <param name="IsEmulated">It lies among the numbers that were run; else it is carried on from them.</param>
public sealed record BreakEvenAnswer(int? Vcpus, bool IsEmulated);
