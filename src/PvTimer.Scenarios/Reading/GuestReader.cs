using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>guest { type = ... }</c>: the program of a VM's vCPUs.</summary>
internal static class GuestReader
{
    private const string TypeForms =
        "trace, idle, tick, cyclictest, nanosleep, exponential, uniform, lapic-timer, tscdeadline-latency, tscdeadline, "
        + "tcp-rr, redis-like, storm, mix or commanded";

    /// <summary>`delta` of kvm-unit-tests' x86/tscdeadline_latency.c.</summary>
    private const long UnitTestDelta = 200_000;

    /// <summary>Of `tscdeadline` in kvm-unit-tests' x86/vmexit.c.</summary>
    private const long UnitTestAhead = 3_000;

    private static readonly VirtualDuration Shortest = VirtualDuration.Smallest;

    /// <summary>The guest; of a replayed one the absolute path of its recording, and what of it is meant.</summary>
    /// <param name="from">The section.</param>
    /// <param name="tsc">The guest's TSC, if the scenario names it for this guest.</param>
    /// <param name="context">Where files are, and which were read.</param>
    public static (GuestDescription Guest, string? Trace, TraceChoice Choice) Read(
        Settings from,
        TscFrequency? tsc,
        ReadingContext context
    )
    {
        string type = from.RequiredText("type", TypeForms);
        string? trace = null;
        TraceChoice choice = TraceChoice.None;
        GuestDescription guest = type switch
        {
            "trace" => Trace(from, tsc, context, out trace, out choice),
            "idle" => new IdleGuest(from.Span("period", Shortest, VirtualDuration.FromSeconds(1))),
            "tick" => Tick(from),
            "cyclictest" => Cyclictest(from),
            "nanosleep" => new NanosleepGuest(
                from.Span("sleep", Shortest, null),
                from.Span("work", VirtualDuration.Zero, VirtualDuration.Zero)
            ),
            "exponential" => new ExponentialGuest(
                from.Span("mean", Shortest, Bounds.LongestMean, null)
            ),
            "uniform" => Uniform(from),
            "lapic-timer" => new LapicTimerGuest(
                from.Span("period", Shortest, VirtualDuration.FromMilliseconds(1)),
                from.Choice<bool>("mode", true, ("periodic", true), ("one-shot", false)),
                from.Span("work", VirtualDuration.Zero, VirtualDuration.Zero)
            ),
            "tscdeadline-latency" => new TscDeadlineLatencyGuest(
                from.Cycles("delta", UnitTestDelta, least: 1)
            ),
            "tscdeadline" => new TscDeadlineGuest(from.Cycles("ahead", UnitTestAhead)),
            "tcp-rr" => ServerGuestReader.TcpRr(from),
            "redis-like" => ServerGuestReader.RedisLike(from),
            "storm" => ServerGuestReader.Storm(from),
            "mix" => Mix(from, context),
            "commanded" => new CommandedGuest(),
            _ => throw from.Error("type", $"'{type}' is no guest", TypeForms),
        };
        from.RejectUnknown();
        return (guest, trace, choice);
    }

    private static TickGuest Tick(Settings from)
    {
        TickGuest guest = new(
            from.Whole("hz", 1, 100_000, 250),
            from.Choice<NoHz>(
                "no-hz",
                NoHz.Idle,
                ("off", NoHz.Off),
                ("idle", NoHz.Idle),
                ("full", NoHz.Full),
                ("false", NoHz.Off),
                ("true", NoHz.Idle)
            ),
            from.Span("work", VirtualDuration.Zero, VirtualDuration.Zero)
        );
        return guest.Work < guest.WorkPeriod
            ? guest
            : throw from.Error(
                "work",
                "is as long as from one piece of work to the next, or longer",
                $"a span shorter than {Units.Write(guest.WorkPeriod)}"
            );
    }

    private static CyclictestGuest Cyclictest(Settings from)
    {
        CyclictestGuest guest = new(
            from.Span("period", Shortest, VirtualDuration.FromMilliseconds(1)),
            from.Whole("threads", 1, 1_000, 1),
            from.Span("offset", VirtualDuration.Zero, VirtualDuration.Zero),
            from.Span("work", VirtualDuration.Zero, VirtualDuration.Zero)
        );
        return guest.Period.Nanoseconds >= guest.Threads
            ? guest
            : throw from.Error(
                "threads",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{guest.Threads} threads in a period of {Units.Write(guest.Period)} are less than 1ns apart"
                ),
                "at most one thread per nanosecond of the period"
            );
    }

    private static UniformGuest Uniform(Settings from)
    {
        UniformGuest guest = new(
            from.Span("shortest", Shortest, null),
            from.Span("longest", Shortest, null)
        );
        return guest.Longest >= guest.Shortest
            ? guest
            : throw from.Error(
                "longest",
                "is shorter than shortest",
                $"a span of at least {Units.Write(guest.Shortest)}"
            );
    }

    /// <summary>The vCPUs run its parts in turn: what a VM as a whole is cannot be one of them.</summary>
    private static MixGuest Mix(Settings from, ReadingContext context)
    {
        const string Key = "guests";
        const string Forms = "guests = [ { type = ... }, ... ]";
        const string OfAVm = "trace, commanded and mix are guests of a whole VM";
        ImmutableArray<Settings> parts = from.Sections(Key);
        if (parts.Length == 0)
        {
            throw from.Missing(Key, Forms);
        }
        List<GuestDescription> guests = [];
        foreach (Settings part in parts)
        {
            if (part.Text("type") is "trace" or "commanded" or "mix")
            {
                throw part.Error("type", OfAVm, "any other guest");
            }
            guests.Add(Read(part, tsc: null, context).Guest);
        }
        return new MixGuest([.. guests]);
    }

    private static TraceGuest Trace(
        Settings from,
        TscFrequency? tsc,
        ReadingContext context,
        out string path,
        out TraceChoice choice
    )
    {
        string file = from.RequiredText("file", "the path of a trace");
        ReplayMode mode = from.Choice<ReplayMode>(
            "replay",
            ReplayMode.ClosedLoop,
            ("closed-loop", ReplayMode.ClosedLoop),
            ("open-loop", ReplayMode.OpenLoop)
        );
        path = Path.GetFullPath(Path.Combine(context.Folder, file));
        choice = TraceChoiceReader.Read(from);
        return new TraceGuest(context.Recording(path, tsc, choice, from), mode);
    }
}
