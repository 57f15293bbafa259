using PvTimer.Model.Time;
using PvTimer.Model.Timers;

namespace PvTimer.Experiments.Survey;

/// <summary>One back-end under a guest: what each of its timers cost.</summary>
/// <param name="Backend">Which.</param>
/// <param name="Result">Its run; null: it cannot serve this guest, or not on this host.</param>
/// <param name="Refusal">Why not; null: it was run.</param>
/// <param name="LeastExits">Closed form of <see cref="OwnExits"/>: at least so many; null: none holds for these guests.</param>
/// <param name="MostExits">At most so many; equal to the least where the guest's use of its timer is known.</param>
public sealed record SurveyedBackend(
    TimerBackend Backend,
    BackendResult? Result,
    string? Refusal,
    double? LeastExits,
    double? MostExits
)
{
    /// <summary>Exits that program a timer, for each timer that fired.</summary>
    public double? ProgrammingExits => PerTimer(Programming);

    /// <summary>Exits that an expiry forced, for each timer that fired.</summary>
    public double? ExpiryExits => PerTimer(Result?.Report.TimerExits - Programming);

    /// <summary>Both together.</summary>
    public double? OwnExits => PerTimer(Result?.Report.TimerExits);

    /// <summary>All exits, whatever their reason.</summary>
    public double? AllExits => PerTimer(_compared?.Exits);

    /// <summary>Median of the lateness; null: no timer fired.</summary>
    public VirtualDuration? Median => _compared?.Median;

    /// <summary>p99 of the lateness; null: no timer fired.</summary>
    public VirtualDuration? Tail => _compared?.Tail;

    /// <summary>Seconds that all pCPUs were not idle, in a second.</summary>
    public double? CpuShare => Share(_compared?.Busy);

    /// <summary>Seconds that the timer or housekeeping CPU was not idle, in a second.</summary>
    public double? TimerCpuShare =>
        Backend.NeedsReservedCpu ? Share(Result?.Report.TimerCpu.Busy) : null;

    private readonly ComparedBackend? _compared = Result is null
        ? null
        : ComparedBackend.Of(Result);

    private long? Programming => Result?.Report.ProgrammingExits;

    private double? PerTimer(long? count) =>
        count is { } some ? Figures.Ratio(some, Result!.Report.Timers.Fired) : null;

    private double? Share(VirtualDuration? busy) =>
        busy is { } time
            ? Figures.Ratio(time.Nanoseconds, Result!.Outcome.Reached.Nanoseconds)
            : null;
}
