using System.Collections.Generic;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Experiments.Explain;
using PvTimer.Model.Description;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Experiments.Tests.Explain;

/// <summary>Runs a machine with and without being watched, and checks each of its timers.</summary>
internal static class ExplanationCheck
{
    /// <summary>The explanations of all timers that fired, which have been found to sum exactly.</summary>
    public static (List<ExplainedTimer> Timers, BackendExplanation Whole) Of(
        TimerBackend backend,
        MachineDescription description
    )
    {
        EmulatedMachine machine = EmulatedMachine.Build(description);
        RunOutcome usual = SequentialEngine.Run(machine, new RunOptions());
        MachineReport expected = machine.Report(usual.Reached);
        List<ExplainedTimer> timers = [];
        BackendExplanation whole = TimerExplainer.Run(
            backend,
            description,
            new TimerChoice.Every(timers.Add),
            _ => true,
            out MachineReport report
        );
        Assert.Equal(usual.TraceHash, whole.TraceHash);
        Assert.Equal(expected.Timers, report.Timers);
        Assert.Equal(expected.Lateness.Count, timers.Count);
        foreach (ExplainedTimer timer in timers)
        {
            Check(timer);
        }
        // Against the machine's own ledger, which knows nothing of parts.
        ExactDistribution sums = new();
        foreach (ExplainedTimer timer in timers)
        {
            sums.Add(Sum(timer));
        }
        Assert.Equal(expected.Lateness.Ascending().ToArray(), sums.Ascending().ToArray());
        if (timers.Count > 0)
        {
            Check(whole.Breakdown, timers);
        }
        return (timers, whole);
    }

    private static void Check(ExplainedTimer timer)
    {
        Assert.Equal(timer.Lateness, Sum(timer));
        VirtualTime at = timer.Due;
        foreach (LatenessPart part in timer.Parts)
        {
            Assert.Equal(at, part.From);
            Assert.True(
                part.Length > VirtualDuration.Zero || part.Cause == LatenessCause.Early,
                $"{timer.Id}: {part}"
            );
            Assert.True(part.Cause != LatenessCause.Early || part.Length < VirtualDuration.Zero);
            at += part.Length;
        }
        Assert.Equal(timer.Entered, at);
    }

    private static void Check(LatenessBreakdown breakdown, List<ExplainedTimer> timers)
    {
        Assert.Equal(timers.Count, breakdown.Timers);
        Assert.Equal(
            timers.Sum(timer => timer.Lateness.Nanoseconds),
            breakdown.Mean!.Causes.Sum(cause => cause.Sum.Nanoseconds)
        );
        QuantileBreakdown latest = breakdown.Quantiles[^1];
        Assert.Equal(timers.Max(timer => timer.Lateness), latest.Lateness);
        Assert.Equal(
            latest.Lateness.Nanoseconds,
            latest.Causes.Sum(cause => cause.Sum.Nanoseconds)
        );
        foreach (QuantileBreakdown quantile in breakdown.Quantiles)
        {
            double mean = quantile.Causes.Sum(cause => cause.MeanNanoseconds);
            double size = double.Abs(quantile.Lateness.Nanoseconds);
            Assert.InRange(
                mean - quantile.Lateness.Nanoseconds,
                -0.035 * size - 1,
                0.035 * size + 1
            );
        }
    }

    private static VirtualDuration Sum(ExplainedTimer timer) =>
        timer.Parts.Aggregate(VirtualDuration.Zero, (sum, part) => sum + part.Length);
}
