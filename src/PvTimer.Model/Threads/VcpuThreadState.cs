using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Threads;

/// <summary>A LAPIC timer that expired.</summary>
/// <param name="Deadline">The guest TSC that names it.</param>
/// <param name="Due">When it was due.</param>
/// <param name="Next">Periodic mode: its target expiration from then on; else null.</param>
/// <param name="IsEarly">It was started before it was due, by lapic_timer_advance_ns.</param>
public readonly record struct ExpiredTimer(
    TscTicks Deadline,
    VirtualTime Due,
    VirtualTime? Next,
    bool IsEarly
);

/// <summary>A thread in transit between two pCPUs, with the timer that migrates with it.</summary>
public sealed record VcpuThreadState(
    EntityId Vcpu,
    long Entry,
    ExpiredTimer? Expired,
    EntityId? ArmedOn,
    bool WakePending,
    bool CanTimerWake,
    bool Halted,
    VirtualTime HaltedAt,
    VirtualDuration HaltPollWindow,
    VirtualDuration VirtualRuntime,
    VirtualTime? PausedUntil,
    CpuBudget? Budget,
    Hrtimer? InHardware,
    bool TimerStaysInHost,
    Hrtimer? Timer
)
{
    internal VirtualDuration? TunedAdvance { get; init; }

    /// <inheritdoc cref="KvmVcpu.AskedIn"/>
    internal long AskedIn { get; init; }

    internal ThreadMarks Marks => ThreadMark.Of(TimerStaysInHost, Expired, TunedAdvance);

    internal static void Write(StateWriter writer, VcpuThreadState thread)
    {
        writer.Write(thread.Vcpu);
        writer.WriteInt64(thread.Entry);
        writer.WriteBool(thread.Expired is not null);
        if (thread.Expired is { } expired)
        {
            writer.Write(expired.Deadline);
            writer.Write(expired.Due);
            writer.Write(expired.Next);
        }
        writer.Write(thread.ArmedOn);
        writer.WriteBool(thread.WakePending);
        writer.WriteBool(thread.CanTimerWake);
        writer.WriteBool(thread.Halted);
        writer.Write(thread.HaltedAt);
        writer.Write(thread.HaltPollWindow);
        writer.Write(thread.VirtualRuntime);
        writer.Write(thread.PausedUntil);
        writer.WriteBool(thread.Budget is not null);
        if (thread.Budget is { } budget)
        {
            CpuBudget.Transfer(new StateTransfer(writer), budget);
        }
        writer.WriteBool(thread.InHardware is not null);
        if (thread.InHardware is { } inHardware)
        {
            Hrtimer.Write(writer, inHardware);
        }
        writer.WriteByte((byte)thread.Marks);
        writer.WriteBool(thread.Timer is not null);
        if (thread.Timer is { } timer)
        {
            Hrtimer.Write(writer, timer);
        }
        if (thread.TunedAdvance is { } advance)
        {
            writer.Write(advance);
        }
        writer.WriteInt64(thread.AskedIn);
    }

    private static ExpiredTimer ReadExpired(StateReader reader) =>
        new(reader.ReadTsc(), reader.ReadTime(), reader.ReadOptionalTime(), IsEarly: false);

    internal static VcpuThreadState Read(StateReader reader)
    {
        ThreadMarks marks = ThreadMarks.None;
        VcpuThreadState thread = new(
            reader.ReadEntity(),
            reader.ReadInt64(),
            reader.ReadBool() ? ReadExpired(reader) : null,
            reader.ReadOptionalEntity(),
            reader.ReadBool(),
            reader.ReadBool(),
            reader.ReadBool(),
            reader.ReadTime(),
            reader.ReadDuration(),
            reader.ReadDuration(),
            reader.ReadOptionalTime(),
            reader.ReadBool() ? CpuBudget.Transfer(new StateTransfer(reader), default) : null,
            reader.ReadBool() ? Hrtimer.Read(reader) : null,
            (marks = ThreadMark.Read(reader)).HasFlag(ThreadMarks.TimerStaysInHost),
            reader.ReadBool() ? Hrtimer.Read(reader) : null
        );
        return thread with
        {
            Expired = thread.Expired is { } expired
                ? expired with
                {
                    IsEarly = marks.HasFlag(ThreadMarks.ExpiredIsEarly),
                }
                : null,
            TunedAdvance = marks.HasFlag(ThreadMarks.TunesAdvance) ? reader.ReadDuration() : null,
            AskedIn = reader.ReadInt64(),
        };
    }
}
