using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Traces.Clocks;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>What a host recording tells of its own clock and the guest's TSC, collected in one pass.</summary>
/// <remarks>
/// <code>
/// hrtimer_start        expires = E    KVM sets its timer for the deadline ...
/// kvm_msr 6e0          = D            ... that this write asks for: host's E and guest's D are one moment
/// hrtimer_expire_entry now = N        at this stamp the guest's TSC had reached D + (N - E)
/// injection                           at this stamp the guest's TSC had reached D
/// </code>
/// The third is good to a microsecond, and to the host's lapic_timer_advance_ns, by which KVM sets its timers
/// early. The last is as good as the promptest interrupt.
/// </remarks>
internal sealed class HostTies
{
    private const int NanosecondsPerMicrosecond = 1_000;

    private readonly Dictionary<int, PerThread> _threads;
    private readonly Dictionary<ulong, Armed> _timers = [];
    private readonly List<ClockBound> _settings = [];
    private readonly List<(ulong Stamp, Armed Timer, ulong Now)> _expiries = [];
    private readonly List<ClockBound> _injections = [];
    private readonly List<ClockBound> _writes = [];

    private HostTies(ImmutableArray<HostThread> threads) =>
        _threads = threads.ToDictionary(thread => thread.Id, _ => new PerThread());

    /// <summary>Deadlines (cycles) against the host's time of their timers (ns): the guest's rate.</summary>
    public IReadOnlyList<ClockBound> Settings => _settings;

    /// <summary>Injections: the guest's TSC had reached the deadline.</summary>
    public IReadOnlyList<ClockBound> Injections => _injections;

    /// <summary>Deadlines as they were written.</summary>
    public IReadOnlyList<ClockBound> Writes => _writes;

    /// <summary>The last offset that KVM wrote before the first deadline; null if that is not recorded.</summary>
    public long? TscOffset { get; private set; }

    /// <summary>Where KVM wrote another offset after the first deadline: the line in the file; null: nowhere.</summary>
    public long? MovedAtLine { get; private set; }

    /// <param name="trace">The recording.</param>
    /// <param name="threads">The VM's threads.</param>
    /// <param name="timerVector">The guest's timer interrupt.</param>
    /// <param name="injection">Which event is the injection.</param>
    public static HostTies Of(
        RecordedTrace trace,
        ImmutableArray<HostThread> threads,
        byte timerVector,
        InjectionEvent injection
    )
    {
        HostTies ties = new(threads);
        Dictionary<int, int> threadOfVcpu = threads.ToDictionary(
            thread => thread.Vcpu,
            thread => thread.Id
        );
        foreach (TraceEvent next in trace.Events.InTime())
        {
            if (!HostEvent.TryRead(next, out HostEvent read))
            {
                continue;
            }
            if (read.Kind == HostEventKind.TimerExpiry)
            {
                ties.Expire(read);
                continue;
            }
            int owner =
                read is { Kind: HostEventKind.Accept, Vcpu: { } vcpu }
                && threadOfVcpu.TryGetValue(vcpu, out int found)
                    ? found
                    : read.Thread;
            if (ties._threads.TryGetValue(owner, out PerThread? thread))
            {
                ties.Add(read, thread, injection.Is(read, timerVector));
            }
        }
        return ties;
    }

    /// <summary>The guest's TSC by what KVM's timers say; null if none was recorded from start to expiry.</summary>
    public List<ClockBound> Expiries(ClockRate guest) =>
        [
            .. _expiries
                .Select(expiry =>
                    (
                        expiry.Stamp,
                        Tsc: expiry.Timer.Deadline
                            + guest.Cycles((Int128)expiry.Now - expiry.Timer.Expires)
                    )
                )
                .Where(bound => bound.Tsc > 0 && bound.Tsc < long.MaxValue)
                .Select(bound => new ClockBound(bound.Stamp, (ulong)bound.Tsc)),
        ];

    /// <summary>The guest's TSC frequency by KVM's timers; null if they do not tell it.</summary>
    public TscFrequency? Frequency() =>
        ClockFit.Of(_settings, NanosecondsPerMicrosecond)?.Line.Rate.Frequency();

    private void Add(in HostEvent read, PerThread thread, bool injects)
    {
        switch (read.Kind)
        {
            case HostEventKind.TscOffset:
                SetOffset(read);
                break;
            case HostEventKind.TimerStart:
                thread.Started = read;
                break;
            case HostEventKind.DeadlineWrite:
                Write(read, thread);
                break;
            default:
                if (injects && thread is { Writes: 1, Deadline: not 0 })
                {
                    _injections.Add(new ClockBound(read.At, thread.Deadline));
                }
                thread.Writes = injects ? 0 : thread.Writes;
                break;
        }
    }

    private void SetOffset(in HostEvent read)
    {
        long offset = unchecked((long)read.Value); // reason: 64 bits, mostly negative
        if (_writes.Count == 0)
        {
            TscOffset = offset;
        }
        else if (offset != TscOffset)
        {
            MovedAtLine ??= read.Line;
        }
    }

    private void Write(in HostEvent read, PerThread thread)
    {
        thread.Writes++;
        thread.Deadline = read.Value;
        if (read.Value != 0)
        {
            _writes.Add(new ClockBound(read.At, read.Value));
            if (thread.Started is { } started)
            {
                _settings.Add(new ClockBound(started.Value, read.Value));
                _timers[started.Timer] = new Armed(started.Value, read.Value);
            }
        }
        thread.Started = null;
    }

    private void Expire(in HostEvent read)
    {
        if (_timers.Remove(read.Timer, out Armed timer))
        {
            _expiries.Add((read.At, timer, read.Value));
        }
    }

    /// <summary>One of KVM's timers: when it expires on the host (ns), and for which deadline.</summary>
    private readonly record struct Armed(ulong Expires, ulong Deadline);

    private sealed class PerThread
    {
        /// <summary>A timer was started, and the write that asked for it is still to come.</summary>
        public HostEvent? Started { get; set; }

        /// <summary>Since the last injection.</summary>
        public int Writes { get; set; }

        public ulong Deadline { get; set; }
    }
}
