using System.Collections.Immutable;
using System.Globalization;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>A span of a timer's lateness that has one cause.</summary>
/// <param name="Cause">Why.</param>
/// <param name="From">When it began.</param>
/// <param name="Length">Negative only for <see cref="LatenessCause.Early"/>.</param>
/// <param name="Where">The entity that the timer waited for.</param>
public sealed record LatenessPart(
    LatenessCause Cause,
    VirtualTime From,
    VirtualDuration Length,
    string Where
);

/// <summary>A step in a timer's life.</summary>
/// <param name="At">When.</param>
/// <param name="What">In a few words.</param>
/// <param name="Where">At which entity.</param>
public sealed record TimerStep(VirtualTime At, string What, string Where);

/// <summary>One timer that fired, and why it was late.</summary>
/// <param name="Vcpu">Whose.</param>
/// <param name="Number">Counted from 1 over all deadlines that the vCPU programmed; 0: not known.</param>
/// <param name="Deadline">Guest TSC.</param>
/// <param name="Due">The same instant in virtual time.</param>
/// <param name="ProgrammedAt">When the guest wrote it.</param>
/// <param name="Programming">How.</param>
/// <param name="Entered">The guest's interrupt entry.</param>
/// <param name="Steps">What happened to it, in order.</param>
/// <param name="Parts">In order, without gaps: their lengths are the lateness.</param>
public sealed record ExplainedTimer(
    string Vcpu,
    long Number,
    TscTicks Deadline,
    VirtualTime Due,
    VirtualTime ProgrammedAt,
    TimerProgramming Programming,
    VirtualTime Entered,
    ImmutableArray<TimerStep> Steps,
    ImmutableArray<LatenessPart> Parts
)
{
    /// <summary>"web-0/vcpu-1#42".</summary>
    public string Id => NameOf(Vcpu, Number);

    /// <summary>Deadline to the guest's interrupt entry; negative: early.</summary>
    public VirtualDuration Lateness => Entered - Due;

    internal static string NameOf(string vcpu, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{vcpu}#{number}");
}
