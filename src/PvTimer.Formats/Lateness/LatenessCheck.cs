using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Lateness;

/// <summary>Recorded against predicted lateness of one class.</summary>
/// <param name="Class">The class, with what was recorded.</param>
/// <param name="Predicted">Draws from the fitted profile.</param>
/// <param name="Distance">Kolmogorov-Smirnov, 0 to 1.</param>
public sealed record LatenessCheck(
    LatenessClass Class,
    ExactDistribution Predicted,
    double Distance
)
{
    private const int Draws = 20_000;

    /// <param name="recorded">A class that is not empty.</param>
    /// <param name="profile">What its lateness is drawn from.</param>
    internal static LatenessCheck Of(LatenessClass recorded, CostProfile profile)
    {
        ExactDistribution predicted = Draw(recorded, profile);
        return new LatenessCheck(
            recorded,
            predicted,
            KolmogorovSmirnov.Distance(recorded.Recorded, predicted)
        );
    }

    private static ExactDistribution Draw(LatenessClass each, CostProfile profile)
    {
        PhiloxSequence own = new(0, 0, ChancePurpose.WakeUpLatency);
        PhiloxSequence interrupts = new(0, 0, ChancePurpose.InterruptLatency);
        VirtualDuration known = LatenessFit.FixedCosts(each.Path, profile);
        CostDistribution? further = each.Path switch
        {
            LatenessPath.Blocked => profile.IdleStates.Last(state => state.From <= each.From).Wake,
            LatenessPath.Running => profile
                .RunningStates.LastOrDefault(state => state.From <= each.From)
                ?.Delay,
            _ => null,
        };
        ExactDistribution predicted = new();
        for (int i = 0; i < Draws; i++)
        {
            VirtualDuration drawn = further?.Draw(ref own) ?? VirtualDuration.Zero;
            predicted.Add(known + profile.TimerInterrupt.Draw(ref interrupts) + drawn);
        }
        return predicted;
    }
}
