using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.ActorTime;
using PvTimer.Experiments;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.TestKit.Results;

/// <summary>
/// The numbers of a finished run, and what can be said about them: each sentence returns the result, so that
/// the next one can follow.
/// </summary>
/// <param name="Result">As every other run gives it.</param>
public record ScriptResult(BackendResult Result)
{
    /// <summary>All of the machine's numbers.</summary>
    public MachineReport Report => Result.Report;

    /// <summary>32 hexadecimal digits: the same script gives the same.</summary>
    public string TraceHash => Result.Outcome.TraceHash;

    /// <summary>VM-exits of one reason.</summary>
    public long ExitsOf(VmExitReason reason) =>
        Report.Exits.Where(exit => exit.Reason == reason).Sum(exit => exit.Count);

    /// <summary>MSR_WRITE exits that wrote one register.</summary>
    public long WritesOf(uint msr) =>
        Report
            .Exits.Where(exit => exit.Reason == VmExitReason.MsrWrite)
            .SelectMany(exit => exit.ByMsr)
            .Where(count => count.Msr == msr)
            .Sum(count => count.Count);

    /// <summary>A quantile of the lateness, deadline to the guest's interrupt entry.</summary>
    /// <param name="permyriad">In ten-thousandths: 5 000 is the median, 9 990 is p99.9, 10 000 the maximum.</param>
    public VirtualDuration Lateness(int permyriad) =>
        Report.Lateness.Count > 0
            ? Report.Lateness.Quantile(permyriad)
            : throw new InvalidOperationException("no timer has fired: there is no lateness");

    public ScriptResult ShouldExit(VmExitReason reason, long times) =>
        Should(ExitsOf(reason) == times, $"expected {times} exits {reason}, got {ExitsOf(reason)}");

    /// <summary>That many deadlines were delivered to guests.</summary>
    public ScriptResult ShouldFire(long timers) =>
        Should(
            Report.Timers.Fired == timers,
            $"expected {timers} fired timers, got {Report.Timers.Fired}: {Report.Timers}"
        );

    /// <summary>No timer is lost, and none fires before its deadline.</summary>
    public ScriptResult ShouldKeepItsPromises() =>
        ShouldLose(0).ShouldFireEarly(0).ShouldConserve();

    /// <summary>That many deadlines were due, and nobody knows of them any more.</summary>
    public ScriptResult ShouldLose(long timers) =>
        Should(
            Report.Timers.Lost == timers,
            $"expected {timers} lost timers, got {Report.Timers.Lost}: {Report.Timers}"
        );

    /// <summary>That many interrupts came before the deadline that was programmed then.</summary>
    public ScriptResult ShouldFireEarly(long timers) =>
        Should(
            Report.Timers.Early == timers,
            $"expected {timers} early interrupts, got {Report.Timers.Early}: {Report.Timers}"
        );

    /// <summary>armed = fired + replaced + cancelled + pending + lost, and every pCPU's time adds up.</summary>
    public ScriptResult ShouldConserve()
    {
        TimerCounts timers = Report.Timers;
        long sum = timers.Fired + timers.Replaced + timers.Cancelled + timers.Pending + timers.Lost;
        return Should(
            timers.Armed == sum,
            $"{timers.Armed} were armed, {sum} accounted for: {timers}"
        );
    }

    /// <summary>A quantile of the lateness is at most so long.</summary>
    /// <param name="permyriad">See <see cref="Lateness"/>.</param>
    /// <param name="most">The longest that is accepted.</param>
    public ScriptResult ShouldBeLateByAtMost(VirtualDuration most, int permyriad = 10_000) =>
        Should(
            Lateness(permyriad) <= most,
            $"expected a lateness of at most {most} at {permyriad} ten-thousandths, got {Lateness(permyriad)}"
        );

    public ScriptResult ShouldHaveHash(string traceHash) =>
        Should(TraceHash == traceHash, $"expected trace hash {traceHash}, got {TraceHash}");

    /// <summary>
    /// All numbers that are asked for equal another result's: "the same as back-end X but for exits".
    /// </summary>
    /// <param name="other">What it is compared with.</param>
    /// <param name="butFor">Numbers that may differ.</param>
    public ScriptResult ShouldEqual(ScriptResult other, Quantity butFor = Quantity.None)
    {
        ArgumentNullException.ThrowIfNull(other);
        List<string> differences =
        [
            .. QuantityReading
                .All.Where(reading => !butFor.HasFlag(reading.Of))
                .Select(reading =>
                    (reading.Of, Own: reading.Read(this), Others: reading.Read(other))
                )
                .Where(pair => pair.Own != pair.Others)
                .Select(pair => $"{pair.Of}: {pair.Own}, not {pair.Others}"),
        ];
        return Should(differences.Count == 0, string.Join("; ", differences));
    }

    private protected ScriptResult Should(bool holds, string otherwise) =>
        holds ? this : throw new ScriptException(otherwise);
}
