using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>What a guest asks for in its page: nothing new, a deadline, or that none is armed any more.</summary>
/// <remarks>
/// As posted it is expire_tsc alone, whose 0 is "nothing new", so that a guest cannot disarm by the page (flaw 3).
/// The fixed variant exchanges a second word with it (cmpxchg16b) that says which of the three it is: every value
/// of expire_tsc is a deadline, the highest included.
/// </remarks>
/// <param name="Deadline">Guest TSC; zero with the other two.</param>
/// <param name="Disarms">Fixed variant only.</param>
public readonly record struct PageRequest(TscTicks Deadline, bool Disarms)
{
    public static PageRequest None { get; }

    public static PageRequest Disarm { get; } = new(TscTicks.Zero, Disarms: true);

    public bool IsNone => this == None;

    public bool IsDeadline => Deadline != TscTicks.Zero;

    public static PageRequest Arm(TscTicks deadline) => new(deadline, Disarms: false);

    /// <summary>What programming a deadline asks for; 0 disarms.</summary>
    public static PageRequest Of(TscTicks deadline) =>
        deadline == TscTicks.Zero ? Disarm : Arm(deadline);
}
