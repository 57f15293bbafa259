using PvTimer.Model.Time;

namespace PvTimer.TestKit;

/// <summary>Spans of virtual time as one says them: <c>250.Microseconds()</c>.</summary>
public static class Spans
{
    public static VirtualDuration Nanoseconds(this int count) =>
        VirtualDuration.FromNanoseconds(count);

    public static VirtualDuration Microseconds(this int count) =>
        VirtualDuration.FromMicroseconds(count);

    public static VirtualDuration Milliseconds(this int count) =>
        VirtualDuration.FromMilliseconds(count);

    public static VirtualDuration Seconds(this int count) => VirtualDuration.FromSeconds(count);

    /// <summary>A cost behind an instant: <c>150.Microseconds().Plus(host.Costs.IpiSend)</c>.</summary>
    public static VirtualDuration Plus(this VirtualDuration span, VirtualDuration other) =>
        span + other;
}
