using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Threads;

/// <summary>What KVM keeps of a vCPU on the pCPU where its thread is (struct kvm_vcpu, struct kvm_timer).</summary>
public sealed class KvmVcpu(EntityId id) : IStateful
{
    /// <summary>The vCPU's entity.</summary>
    public EntityId Id { get; } = id;

    /// <summary>VM-entries so far.</summary>
    public long Entry { get; set; }

    /// <summary>The VM-entry whose exit asked something of its timer last; 0: none has.</summary>
    public long AskedIn { get; set; }

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

    /// <summary>
    /// It has come to this pCPU with its timer, and has not entered guest mode here (KVM_REQ_MIGRATE_TIMER, and the restart
    /// of a timer that the processor has, by kvm_arch_vcpu_load).
    /// </summary>
    public bool HasMoved { get; set; }

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

    /// <summary>Userspace keeps it out of KVM_RUN until then; null: it does not.</summary>
    public VirtualTime? PausedUntil { get; set; }

    public bool IsPaused => PausedUntil is not null;

    /// <summary>kvm_vcpu_check_block: it does not stay halted.</summary>
    public bool HasReasonToRun =>
        !IsPaused && (WakePending || (Expired is not null && CanTimerWake));

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        System.ArgumentNullException.ThrowIfNull(state);
        Entry = state.Value(Entry);
        AskedIn = state.Value(AskedIn);
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
        PausedUntil = state.Optional(PausedUntil, static (s, until) => s.Value(until));
        InHardware = state.Value(InHardware is not null)
            ? state.Record(InHardware.GetValueOrDefault(), Hrtimer.Write, Hrtimer.Read)
            : null;
        CountsDownTo = state.Optional(CountsDownTo, static (s, due) => s.Value(due));
        ThreadMarks marks = ThreadMark.Transfer(
            state,
            ThreadMark.Of(TimerStaysInHost, Expired, TunedAdvance, HasMoved)
        );
        TimerStaysInHost = marks.HasFlag(ThreadMarks.TimerStaysInHost);
        HasMoved = marks.HasFlag(ThreadMarks.HasMoved);
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
}
