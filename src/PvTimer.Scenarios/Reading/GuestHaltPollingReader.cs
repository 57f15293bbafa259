using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Whether a VM's guests poll before they halt: the keys `guest-halt-poll...`.</summary>
internal static class GuestHaltPollingReader
{
    private const string Key = "guest-halt-poll";
    private const int MostSteps = 1_000;

    /// <returns>Null: they do not.</returns>
    /// <exception cref="ScenarioException">Out of range, or a guest that never halts is to poll before it.</exception>
    public static GuestHaltPolling? Read(Settings from, GuestDescription guest, GuestIdle idle)
    {
        GuestHaltPolling usual = GuestHaltPolling.Default;
        GuestHaltPolling read = new(
            Span(from, Key, VirtualDuration.Zero),
            from.Whole($"{Key}-grow", 0, MostSteps, usual.Grow),
            Span(from, $"{Key}-grow-start", usual.GrowStart),
            from.Whole($"{Key}-shrink", 0, MostSteps, usual.Shrink),
            from.Flag($"{Key}-allow-shrink", usual.AllowsShrink)
        );
        if (read.Longest == VirtualDuration.Zero)
        {
            return null;
        }
        return idle == GuestIdle.Poll && guest is not CommandedGuest
            ? throw from.Error(
                Key,
                "a guest with idle = poll never halts, and does not load cpuidle-haltpoll",
                "idle = halt, or no guest-halt-poll"
            )
            : read;
    }

    private static VirtualDuration Span(Settings from, string key, VirtualDuration usual) =>
        from.Span(key, VirtualDuration.Zero, Bounds.LongestCost, usual);
}
