using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>Where a vCPU's thread stands, as its pCPU sees it.</summary>
public enum VcpuRunState
{
    /// <summary>In guest mode, or on the way in or out.</summary>
    InGuest,

    /// <summary>Out of guest mode; KVM handles the exit.</summary>
    Exiting,

    /// <summary>Halted; KVM polls for a wake-up before it gives the pCPU away.</summary>
    Polling,

    /// <summary>Halted; off the pCPU until something wakes it.</summary>
    Blocked,

    /// <summary>Waits in the run queue for the pCPU.</summary>
    Runnable,
}

/// <summary>A vCPU's thread on the host: what KVM and the scheduler keep for it.</summary>
internal sealed class VcpuThread(EntityId vcpu, HostTimer timer) : IStateful
{
    public EntityId Vcpu { get; } = vcpu;

    /// <summary>What its pCPU does with its timer.</summary>
    public HostTimer Timer { get; } = timer;

    public VcpuRunState State { get; set; } = VcpuRunState.Runnable;

    /// <summary>VM-entries so far.</summary>
    public long Entry { get; set; }

    /// <summary>`lapic_timer.pending`: expired, not injected yet.</summary>
    public ExpiredTimer? Expired { get; set; }

    /// <summary>The pCPU on which its own hrtimer was armed last.</summary>
    public EntityId? ArmedOn { get; set; }

    /// <summary>The timer that the processor has while it is in guest mode; null: none.</summary>
    public Hrtimer? InHardware { get; set; }

    /// <summary>What the preemption timer of its pCPU counts down to for it; null: nothing.</summary>
    public VirtualTime? CountsDownTo { get; set; }

    /// <summary>The host's timer is not the processor's in guest mode.</summary>
    public bool TimerStaysInHost { get; set; }

    /// <summary>Its lapic_timer_advance_ns, which KVM tunes; null: that of its host, which is fixed.</summary>
    public VirtualDuration? TunedAdvance { get; set; }

    /// <summary>A wake-up came before it had blocked.</summary>
    public bool WakePending { get; set; }

    /// <summary>An expiring timer wakes it: its LVT is not masked.</summary>
    public bool CanTimerWake { get; set; } = true;

    public bool Halted { get; set; }

    public VirtualTime HaltedAt { get; set; }

    /// <summary>`vcpu->halt_poll_ns`: the current halt-polling window.</summary>
    public VirtualDuration HaltPollWindow { get; set; }

    /// <summary>When it was put on the pCPU last.</summary>
    public VirtualTime RunningSince { get; set; }

    /// <summary>When it was put into the run queue last.</summary>
    public VirtualTime RunnableSince { get; set; }

    /// <summary>cpu.weight of its control group.</summary>
    public int Weight { get; init; } = CpuWeight.Usual;

    /// <summary>Pick order of the run queue: time spent on a pCPU, by its weight.</summary>
    public VirtualDuration VirtualRuntime { get; set; }

    /// <summary>Move it there as soon as it is out of guest mode.</summary>
    public EntityId? MoveTo { get; set; }

    /// <summary>Give it up as soon as it is out of guest mode: its VM is stopped.</summary>
    public bool Stops { get; set; }

    /// <summary>Userspace keeps it out of KVM_RUN until then; null: it does not.</summary>
    public VirtualTime? PausedUntil { get; set; }

    /// <summary>It runs, and has used up its quota.</summary>
    public bool IsThrottled { get; set; }

    /// <summary>What it may use of its pCPU; null: as much as it gets.</summary>
    public CpuBudget? Budget { get; set; }

    public bool IsPaused => PausedUntil is not null;

    /// <summary>It cannot stay on the pCPU.</summary>
    public bool Leaves => Stops || IsPaused || MoveTo is not null;

    /// <summary>It is off the pCPU, and nothing is about to have it run.</summary>
    public bool Sleeps => State == VcpuRunState.Blocked && !WakePending && !IsPaused;

    public bool HasReasonToRun =>
        !IsPaused && (WakePending || (Expired is not null && CanTimerWake));

    public VcpuThreadState Freeze(Hrtimer? timer) =>
        new(
            Vcpu,
            Entry,
            Expired,
            ArmedOn,
            WakePending,
            CanTimerWake,
            Halted,
            HaltedAt,
            HaltPollWindow,
            VirtualRuntime,
            PausedUntil,
            Budget,
            InHardware,
            TimerStaysInHost,
            timer
        )
        {
            TunedAdvance = TunedAdvance,
        };

    public static VcpuThread Thaw(VcpuThreadState state, HostTimer timer, int weight) =>
        new(state.Vcpu, timer)
        {
            Weight = weight,
            State = state.Halted ? VcpuRunState.Blocked : VcpuRunState.Runnable,
            Entry = state.Entry,
            Expired = state.Expired,
            ArmedOn = state.ArmedOn,
            WakePending = state.WakePending,
            CanTimerWake = state.CanTimerWake,
            Halted = state.Halted,
            HaltedAt = state.HaltedAt,
            HaltPollWindow = state.HaltPollWindow,
            VirtualRuntime = state.VirtualRuntime,
            PausedUntil = state.PausedUntil,
            Budget = state.Budget,
            InHardware = state.InHardware,
            TimerStaysInHost = state.TimerStaysInHost,
            TunedAdvance = state.TunedAdvance,
        };

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        State = state.Enumeration(State);
        Entry = state.Value(Entry);
        Expired = state.Optional(
            Expired,
            static (s, expired) =>
                new(
                    s.Value(expired.Deadline),
                    s.Value(expired.Due),
                    s.Optional(expired.Next, static (t, next) => t.Value(next)),
                    expired.IsEarly
                )
        );
        ArmedOn = state.Optional(ArmedOn, static (s, pcpu) => s.Value(pcpu));
        WakePending = state.Value(WakePending);
        CanTimerWake = state.Value(CanTimerWake);
        Halted = state.Value(Halted);
        HaltedAt = state.Value(HaltedAt);
        HaltPollWindow = state.Value(HaltPollWindow);
        RunningSince = state.Value(RunningSince);
        RunnableSince = state.Value(RunnableSince);
        VirtualRuntime = state.Value(VirtualRuntime);
        MoveTo = state.Optional(MoveTo, static (s, pcpu) => s.Value(pcpu));
        Stops = state.Value(Stops);
        PausedUntil = state.Optional(PausedUntil, static (s, until) => s.Value(until));
        Budget = state.Optional(Budget, CpuBudget.Transfer);
        IsThrottled = state.Value(IsThrottled);
        InHardware = state.Value(InHardware is not null)
            ? state.Record(InHardware!, Hrtimer.Write, Hrtimer.Read)
            : null;
        CountsDownTo = state.Optional(CountsDownTo, static (s, due) => s.Value(due));
        ThreadMarks marks = (ThreadMarks)state.Value((byte)Marks);
        if (!AreMarks(marks))
        {
            throw state.Damaged($"{(byte)marks} marks no thread");
        }
        TimerStaysInHost = marks.HasFlag(ThreadMarks.TimerStaysInHost);
        Expired = Expired is { } early
            ? early with
            {
                IsEarly = marks.HasFlag(ThreadMarks.ExpiredIsEarly),
            }
            : null;
        TunedAdvance = marks.HasFlag(ThreadMarks.TunesAdvance)
            ? state.Value(TunedAdvance ?? default)
            : null;
    }

    private ThreadMarks Marks => MarksOf(TimerStaysInHost, Expired, TunedAdvance);

    internal static ThreadMarks MarksOf(
        bool timerStaysInHost,
        ExpiredTimer? expired,
        VirtualDuration? tunedAdvance
    ) =>
        (timerStaysInHost ? ThreadMarks.TimerStaysInHost : ThreadMarks.None)
        | (tunedAdvance is null ? ThreadMarks.None : ThreadMarks.TunesAdvance)
        | (expired is { IsEarly: true } ? ThreadMarks.ExpiredIsEarly : ThreadMarks.None);

    internal static ThreadMarks ReadMarks(StateReader reader)
    {
        ThreadMarks marks = (ThreadMarks)reader.ReadByte();
        return AreMarks(marks) ? marks : throw reader.Damaged($"{(byte)marks} marks no thread");
    }

    private static bool AreMarks(ThreadMarks marks) =>
        (
            marks
            & ~(
                ThreadMarks.TimerStaysInHost | ThreadMarks.TunesAdvance | ThreadMarks.ExpiredIsEarly
            )
        ) == ThreadMarks.None;

    /// <summary>A reference to one of a pCPU's threads, as the id of its vCPU.</summary>
    public static VcpuThread Transfer(
        StateTransfer state,
        VcpuThread? thread,
        Dictionary<EntityId, VcpuThread> threads
    )
    {
        EntityId vcpu = state.Value(thread?.Vcpu ?? default);
        return threads.TryGetValue(vcpu, out VcpuThread? found)
            ? found
            : throw state.Damaged($"vCPU {vcpu} has no thread here");
    }
}
