using System.Linq;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Survey;

/// <summary>One back-end under a guest: what each of its timers cost.</summary>
/// <param name="Backend">Which.</param>
/// <param name="Result">Its run; null: it cannot serve this guest, or not on this host.</param>
/// <param name="Refusal">Why not; null: it was run.</param>
/// <param name="LeastExits">Closed form of <see cref="OwnExits"/>: at least so many.</param>
/// <param name="MostExits">At most so many; equal to the least where the guest's use of its timer is known.</param>
public sealed record SurveyedBackend(
    TimerBackend Backend,
    BackendResult? Result,
    string? Refusal,
    double? LeastExits,
    double? MostExits
)
{
    /// <summary>Exits that program a deadline, for each timer that fired.</summary>
    public double? ProgrammingExits => PerTimer(DeadlineExits);

    /// <summary>Exits that an expiry forced, for each timer that fired.</summary>
    public double? ExpiryExits => PerTimer(Result?.Report.TimerExits - DeadlineExits);

    /// <summary>Both together.</summary>
    public double? OwnExits => PerTimer(Result?.Report.TimerExits);

    /// <summary>All exits, whatever their reason.</summary>
    public double? AllExits => PerTimer(Result?.Report.Exits.Sum(exit => exit.Count));

    /// <summary>Seconds that all pCPUs were not idle, in a second.</summary>
    public double? CpuShare => Share(Result?.Report.Cpu);

    /// <summary>Seconds that the timer or housekeeping CPU was not idle, in a second.</summary>
    public double? TimerCpuShare =>
        Backend.NeedsReservedCpu ? Share(Result?.Report.TimerCpu) : null;

    private long? DeadlineExits =>
        Result
            ?.Report.Exits.Where(exit => exit.Reason == VmExitReason.MsrWrite)
            .SelectMany(exit => exit.ByMsr)
            .Where(each => each.Msr == MsrIndex.Ia32TscDeadline)
            .Sum(each => each.Count);

    private double? PerTimer(long? count) =>
        count is { } some ? Figures.Ratio(some, Result!.Report.Timers.Fired) : null;

    private double? Share(CpuTime? time) =>
        time is null
            ? null
            : Figures.Ratio(time.Busy.Nanoseconds, Result!.Outcome.Reached.Nanoseconds);
}
