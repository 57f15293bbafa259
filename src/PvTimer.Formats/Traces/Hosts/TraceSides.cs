using System.Linq;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>On which side of a guest a recording was made, by its events.</summary>
public static class TraceSides
{
    /// <summary>Null: it has events of neither side.</summary>
    /// <exception cref="TraceFormatException">It has events of both.</exception>
    public static TraceSide? Of(RecordedTrace trace)
    {
        bool guest = trace.Events.Any(IsOfGuest);
        bool host = trace.Events.Any(IsOfHost);
        if (guest && host)
        {
            throw new TraceFormatException(
                trace.Path,
                0,
                "it has events of a host's KVM (kvm_*) and of a machine's own timers (write_msr, local_timer_entry)",
                "`side = host` (--side host): the timers of the VM; or `side = guest` (--side guest): those of the machine that was recorded"
            );
        }
        return host ? TraceSide.Host
            : guest ? TraceSide.Guest
            : null;
    }

    /// <summary>Whether it is read as a host's: so chosen, or by its events.</summary>
    /// <exception cref="TraceFormatException">It has events of both sides and none is chosen.</exception>
    internal static bool IsHost(RecordedTrace trace, TraceChoice choice) =>
        (choice.Side ?? Of(trace)) == TraceSide.Host;

    private static bool IsOfGuest(TraceEvent next) =>
        next.Name is "write_msr" or "local_timer_entry";

    private static bool IsOfHost(TraceEvent next) =>
        next.Name is not ("hrtimer_start" or "hrtimer_expire_entry") && HostEvent.IsOurs(next.Name);
}
