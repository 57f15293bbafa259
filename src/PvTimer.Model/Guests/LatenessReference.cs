using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>
/// What the latenesses of a recording count from. Where its clock is not the guest's TSC, a deadline can be placed
/// on it only by the promptest interrupts: then every lateness is too small by that of the smallest.
/// </summary>
public sealed record LatenessReference
{
    private LatenessReference() { }

    /// <summary>From the deadlines themselves.</summary>
    public static LatenessReference Deadline { get; } = new();

    /// <summary>From the smallest lateness of the recording, which itself is not known.</summary>
    /// <param name="atMost">What it is at most, as far as the recording tells; null if it does not.</param>
    public static LatenessReference Smallest(VirtualDuration? atMost) =>
        new() { IsRelative = true, SmallestAtMost = atMost };

    /// <summary>Latenesses are relative to the smallest.</summary>
    public bool IsRelative { get; private init; }

    /// <summary>Relative ones: what the smallest is at most; null if that is not known.</summary>
    public VirtualDuration? SmallestAtMost { get; private init; }
}
