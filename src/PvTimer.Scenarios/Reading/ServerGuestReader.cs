using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads the guests that answer a network, and those that do nothing but arm short timers.</summary>
internal static class ServerGuestReader
{
    private static readonly VirtualDuration Shortest = VirtualDuration.Smallest;

    public static TcpRrGuest TcpRr(Settings from) =>
        new(
            from.Span("response", Shortest, VirtualDuration.FromMicroseconds(20)),
            from.Span("work", VirtualDuration.Zero, VirtualDuration.FromMicroseconds(5)),
            Send(from),
            from.Whole("hz", 1, 100_000, 250),
            from.Span("rto", Shortest, VirtualDuration.FromMilliseconds(200))
        );

    public static RedisLikeGuest RedisLike(Settings from) =>
        new(
            from.Span(
                "interval",
                Shortest,
                Bounds.LongestMean,
                VirtualDuration.FromMicroseconds(100)
            ),
            from.Choice<bool>("arrivals", true, ("exponential", true), ("fixed", false)),
            from.Span("work", VirtualDuration.Zero, VirtualDuration.FromMicroseconds(10)),
            Send(from),
            from.Span("cron", Shortest, VirtualDuration.FromMilliseconds(100)),
            from.Span("cron-work", VirtualDuration.Zero, VirtualDuration.FromMicroseconds(50))
        );

    public static StormGuest Storm(Settings from) =>
        new(
            from.Span("distance", Shortest, VirtualDuration.FromMicroseconds(50)),
            from.Whole("timers", 1, 1_000_000, 64),
            from.Span("pause", Shortest, VirtualDuration.FromMilliseconds(10))
        );

    private static VirtualDuration Send(Settings from) =>
        from.Span("send", Shortest, VirtualDuration.FromMicroseconds(1));
}
