using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Explain;

/// <summary>
/// Divides a timer's lateness. At each instant one part of the machine has the timer (<see cref="Holder"/>), and that one's CPU, or the
/// vCPU's thread, does something that it waits for: that is the cause. Holders and doings change at known instants, so the
/// parts follow each other without gaps.
/// </summary>
internal sealed class Decomposition
{
    private readonly FiredTimer _fired;
    private readonly TrackedTimer _timer;
    private readonly VcpuTrack _vcpu;
    private readonly List<(
        LatenessCause Cause,
        VirtualTime From,
        VirtualDuration Length,
        EntityId Where
    )> _parts = [];
    private VirtualTime _next;

    private Decomposition(FiredTimer fired)
    {
        _fired = fired;
        _timer = fired.Timer;
        _vcpu = fired.Vcpu;
    }

    /// <summary>The parts of one timer, in order; one that came early has a single one.</summary>
    public static IReadOnlyList<(
        LatenessCause Cause,
        VirtualTime From,
        VirtualDuration Length,
        EntityId Where
    )> Of(FiredTimer fired)
    {
        if (fired.Entered < fired.Due)
        {
            return [(LatenessCause.Early, fired.Due, fired.Lateness, fired.Vcpu.Id)];
        }
        Decomposition decomposition = new(fired);
        decomposition.Divide();
        return decomposition._parts;
    }

    private void Divide()
    {
        VirtualTime at = _fired.Due;
        while (at < _fired.Entered)
        {
            _next = _fired.Entered;
            (LatenessCause cause, EntityId where) = CauseAt(at);
            Append(cause, at, _next - at, where);
            at = _next;
        }
        TakeGuestEntry();
    }

    private void Append(
        LatenessCause cause,
        VirtualTime from,
        VirtualDuration length,
        EntityId where
    )
    {
        if (
            _parts.Count > 0
            && _parts[^1] is var last
            && last.Cause == cause
            && last.Where == where
        )
        {
            _parts[^1] = last with { Length = last.Length + length };
            return;
        }
        _parts.Add((cause, from, length, where));
    }

    /// <summary>Of the time in guest mode with the interrupt requested the last is its delivery.</summary>
    private void TakeGuestEntry()
    {
        VirtualDuration left = _fired.GuestEntry;
        for (int i = _parts.Count - 1; i >= 0 && left > VirtualDuration.Zero; i--)
        {
            var part = _parts[i];
            if (part.Cause != LatenessCause.Masked)
            {
                continue;
            }
            VirtualDuration taken = VirtualDuration.Min(left, part.Length);
            left -= taken;
            var entry = part with
            {
                Cause = LatenessCause.GuestEntry,
                From = part.From + (part.Length - taken),
                Length = taken,
            };
            if (taken == part.Length)
            {
                _parts[i] = entry;
            }
            else
            {
                _parts[i] = part with { Length = part.Length - taken };
                _parts.Insert(i + 1, entry);
            }
        }
    }

    /// <summary>What is the case now holds at most until then.</summary>
    private void Until(VirtualTime change) => _next = VirtualTime.Min(_next, change);

    private T At<T>(Timeline<T> timeline, VirtualTime at)
    {
        Until(timeline.NextAfter(at));
        return timeline.At(at)!;
    }

    private (LatenessCause Cause, EntityId Where) CauseAt(VirtualTime at)
    {
        if (at < _timer.ProgrammedAt && _timer.How != TimerProgramming.Host)
        {
            Until(_timer.ProgrammedAt);
            return (LatenessCause.WrittenLate, _vcpu.Id);
        }
        int index = StageAt(at);
        TimerStage stage = _timer.Stages[index];
        EntityId holder = stage.Pcpu ?? _vcpu.Id;
        switch (stage.Holder)
        {
            case Holder.DoorbellSent:
                return (LatenessCause.Doorbell, holder);
            case Holder.DoorbellArrived:
                return (DoorbellAt(at, holder), holder);
            case Holder.Page:
                return (PageAt(at, holder), holder);
            case Holder.Found:
                return (OnTimerCpu(at, holder, LatenessCause.Arming), holder);
            case Holder.Hrtimer when at < stage.Expires:
                Until(stage.Expires);
                return (LatenessCause.Arming, holder);
            case Holder.Hrtimer:
                return (HrtimerAt(at, stage, holder), holder);
            case Holder.Callback when IsServed(index):
                return (OnTimerCpu(at, holder, LatenessCause.Posting), holder);
            case Holder.Posted:
                return (LatenessCause.Posting, holder);
            default:
                return VcpuAt(at, stage.Holder);
        }
    }

    /// <summary>The stage at an instant; what the timer was before it was programmed is its first.</summary>
    private int StageAt(VirtualTime at)
    {
        int index = 0;
        for (int i = 1; i < _timer.Stages.Count; i++)
        {
            if (_timer.Stages[i].At > at)
            {
                Until(_timer.Stages[i].At);
                break;
            }
            index = i;
        }
        return index;
    }

    /// <summary>The callback posts, for a vCPU whose thread is not there.</summary>
    private bool IsServed(int stage) =>
        stage + 1 < _timer.Stages.Count
        && _timer.Stages[stage + 1].Holder is Holder.Posted or Holder.Found;

    private LatenessCause OnTimerCpu(VirtualTime at, EntityId pcpu, LatenessCause usual) =>
        At(_fired.CpuOf(pcpu).Doing, at) switch
        {
            CpuDoing.Stalled => LatenessCause.TimerCpuStalled,
            CpuDoing.Noise => LatenessCause.TimerCpuInterrupts,
            _ => usual,
        };

    private LatenessCause DoorbellAt(VirtualTime at, EntityId pcpu) =>
        At(_fired.CpuOf(pcpu).Doing, at) switch
        {
            CpuDoing.LeavingIdle => LatenessCause.TimerCpuIdleExit,
            CpuDoing.Stalled => LatenessCause.TimerCpuStalled,
            CpuDoing.Noise => LatenessCause.TimerCpuInterrupts,
            _ => LatenessCause.Doorbell,
        };

    private LatenessCause PageAt(VirtualTime at, EntityId pcpu)
    {
        CpuTrack cpu = _fired.CpuOf(pcpu);
        CpuDoing doing = At(cpu.Doing, at);
        VirtualTime paced = At(cpu.Pacing, at);
        if (paced > at)
        {
            Until(paced);
        }
        bool isDue = At(cpu.ScanIsDue, at) || paced <= at;
        return doing switch
        {
            CpuDoing.Stalled => LatenessCause.TimerCpuStalled,
            CpuDoing.LeavingIdle => LatenessCause.TimerCpuIdleExit,
            CpuDoing.Kthread => LatenessCause.ScanQueue,
            CpuDoing.InterruptOverKthread => LatenessCause.KthreadPreempted,
            CpuDoing.Guest when isDue => LatenessCause.KthreadPreempted,
            CpuDoing.Interrupt or CpuDoing.Noise => LatenessCause.TimerCpuInterrupts,
            CpuDoing.HostWork when isDue => LatenessCause.KthreadPreempted,
            _ => LatenessCause.ScanWait,
        };
    }

    /// <summary>It has expired, and its callback has not run.</summary>
    private LatenessCause HrtimerAt(VirtualTime at, TimerStage stage, EntityId pcpu)
    {
        CpuTrack cpu = _fired.CpuOf(pcpu);
        VirtualTime expired = VirtualTime.Max(stage.Expires, stage.At);
        switch (At(cpu.Doing, at))
        {
            case CpuDoing.Idle or CpuDoing.LeavingIdle:
                return LatenessCause.TimerCpuIdleExit;
            case CpuDoing.Stalled:
                return LatenessCause.TimerCpuStalled;
            case CpuDoing.Noise:
                return LatenessCause.TimerCpuInterrupts;
            case CpuDoing.Guest:
                return LatenessCause.ExpiryExit;
            case CpuDoing.Interrupt or CpuDoing.InterruptOverKthread:
                Until(cpu.Callbacks.NextAfter(at));
                return cpu.Callbacks.SinceAt(at) is var ran && ran > expired
                        ? LatenessCause.HrtimerQueue
                    : cpu.Doing.SinceAt(at) < expired ? LatenessCause.TimerCpuInterrupts
                    : LatenessCause.TimerInterrupt;
            default:
                return LatenessCause.TimerInterrupt;
        }
    }

    /// <summary>Nothing but the vCPU is waited for.</summary>
    private (LatenessCause Cause, EntityId Where) VcpuAt(VirtualTime at, Holder holder)
    {
        VcpuPlace place = At(_vcpu.Places, at);
        if (place.Is is Standing.Away or Standing.Moving || holder == Holder.Elsewhere)
        {
            return (LatenessCause.Migration, _vcpu.Id);
        }
        CpuDoing doing = At(_fired.CpuOf(place.Pcpu).Doing, at);
        if (doing == CpuDoing.Stalled)
        {
            return (LatenessCause.VcpuStalled, place.Pcpu);
        }
        if (doing == CpuDoing.Noise)
        {
            return (LatenessCause.HostInterrupts, place.Pcpu);
        }
        bool isInterrupted = doing is CpuDoing.Interrupt or CpuDoing.InterruptOverKthread;
        LatenessCause cause = place.Is switch
        {
            Standing.Blocked when At(_vcpu.IsPaused, at) => LatenessCause.Paused,
            Standing.Blocked => BlockedAt(holder, doing),
            // Its waker's handler goes on to what else the wake-up takes.
            Standing.Runnable when isInterrupted => _fired.CpuOf(place.Pcpu).Doing.SinceAt(at)
            <= _vcpu.Places.SinceAt(at)
                ? LatenessCause.WakeUp
                : LatenessCause.HostInterrupts,
            Standing.Runnable => LatenessCause.RunQueue,
            Standing.Throttled => LatenessCause.Throttled,
            Standing.InGuest => InGuest(holder),
            _ when isInterrupted && holder == Holder.Callback => LatenessCause.TimerInterrupt,
            _ when isInterrupted => LatenessCause.HostInterrupts,
            Standing.SwitchingIn => LatenessCause.ContextSwitch,
            Standing.Polling => LatenessCause.PollExit,
            Standing.Entering => LatenessCause.Entry,
            _ => ExitOf(holder, place.Exit),
        };
        return (cause, place.Is == Standing.InGuest ? _vcpu.Id : place.Pcpu);
    }

    private static LatenessCause BlockedAt(Holder holder, CpuDoing doing) =>
        doing switch
        {
            CpuDoing.LeavingIdle => LatenessCause.VcpuIdleExit,
            CpuDoing.Interrupt when holder == Holder.Callback => LatenessCause.TimerInterrupt,
            CpuDoing.Guest => LatenessCause.RunQueue,
            _ => LatenessCause.WakeUp,
        };

    private static LatenessCause InGuest(Holder holder) =>
        holder switch
        {
            Holder.Requested => LatenessCause.Masked,
            Holder.Descriptor => LatenessCause.Posting,
            Holder.Writer or Holder.Ringing => LatenessCause.Visibility,
            _ => LatenessCause.ExpiryExit,
        };

    private static LatenessCause ExitOf(Holder holder, VmExitReason? reason) =>
        holder switch
        {
            Holder.Writer or Holder.Ringing => LatenessCause.ProgrammingExit,
            Holder.Requested => LatenessCause.OtherExit,
            _ => reason is VmExitReason.ExternalInterrupt or VmExitReason.PreemptionTimer
                ? LatenessCause.ExpiryExit
                : LatenessCause.OtherExit,
        };
}
