using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Explain;

/// <summary>What a pCPU does.</summary>
internal enum CpuDoing
{
    Idle,
    LeavingIdle,
    Guest,

    /// <summary>The host works: a handler, a switch, polling.</summary>
    HostWork,

    /// <summary>The timer kthread scans.</summary>
    Kthread,
    Interrupt,

    /// <summary>An interrupt that the kthread waits for in the middle of its scan.</summary>
    InterruptOverKthread,

    /// <summary>System management mode.</summary>
    Stalled,

    /// <summary>The host's own interruptions (`host.noise`).</summary>
    Noise,
    Offline,
}

/// <summary>What one pCPU did when, read from its steps.</summary>
internal sealed class CpuTrack(EntityId id)
{
    private readonly Queue<(VirtualDuration Length, CpuDoing Doing)> _taken = new();
    private VirtualTime _managedUntil;
    private CpuDoing? _begun;
    private bool _kthreadRuns;
    private bool _kthreadPaused;

    public EntityId Id { get; } = id;

    public Timeline<CpuDoing> Doing { get; } = new();

    /// <summary>The vCPU whose hrtimer's callback ran last.</summary>
    public Timeline<EntityId> Callbacks { get; } = new();

    /// <summary>When the pacing timer of its kthread was to expire next.</summary>
    public Timeline<VirtualTime> Pacing { get; } = new();

    /// <summary>The pacing timer's callback has run, and the scan has not begun.</summary>
    public Timeline<bool> ScanIsDue { get; } = new();

    public void Begins(Message message)
    {
        switch (message)
        {
            case Stall stall:
                _taken.Enqueue((stall.Length, CpuDoing.Stalled));
                break;
            case HostInterruption noise:
                _taken.Enqueue((noise.Length, CpuDoing.Noise));
                break;
            case KthreadSleep:
                _kthreadRuns = false;
                break;
            default:
                break;
        }
    }

    public void Sends(VirtualTime now, EntityId target, VirtualDuration latency, Message message)
    {
        switch (message)
        {
            case InterruptDone when target == Id:
                _begun =
                    _taken.TryPeek(out (VirtualDuration Length, CpuDoing Doing) taken)
                    && taken.Length == latency
                        ? _taken.Dequeue().Doing
                        : CpuDoing.Interrupt;
                break;
            case Stall when target == Id:
                // It waits for an entry to end, and comes again.
                _ = _taken.Dequeue();
                break;
            case SystemManagement stay:
                _ = _taken.Dequeue();
                VirtualTime from = now + latency;
                if (from > _managedUntil)
                {
                    Doing.Add(from, CpuDoing.Stalled);
                    _managedUntil = from;
                }
                _managedUntil += stay.Length;
                break;
            case ScanTick:
                ScanIsDue.Add(now, false);
                _kthreadRuns = true;
                _kthreadPaused = false;
                break;
            case KthreadPause:
                _kthreadPaused = true;
                break;
            case KthreadResume:
                _kthreadPaused = false;
                break;
            default:
                break;
        }
    }

    public void Ends(VirtualTime now, PcpuStance stance)
    {
        CpuDoing doing = stance.Doing switch
        {
            "Idle" => CpuDoing.Idle,
            "LeavingIdle" => CpuDoing.LeavingIdle,
            "Guest" => CpuDoing.Guest,
            "HostWork" => _kthreadRuns ? CpuDoing.Kthread : CpuDoing.HostWork,
            "Interrupt" => _begun ?? (IsInterrupt(Doing.Last) ? Doing.Last : CpuDoing.Interrupt),
            _ => CpuDoing.Offline,
        };
        if (doing is CpuDoing.Interrupt or CpuDoing.Noise && _kthreadRuns && _kthreadPaused)
        {
            doing = CpuDoing.InterruptOverKthread;
        }
        bool begins = _begun is not null && stance.Doing == "Interrupt";
        _begun = null;
        if (doing == CpuDoing.Guest && now < _managedUntil)
        {
            // What was entered before goes on; the guest stands still.
            return;
        }
        if (begins || Doing.IsEmpty || Doing.Last != doing)
        {
            Doing.Add(now, doing);
        }
    }

    private static bool IsInterrupt(CpuDoing doing) =>
        doing
            is CpuDoing.Interrupt
                or CpuDoing.InterruptOverKthread
                or CpuDoing.Stalled
                or CpuDoing.Noise;

    public void Forget(VirtualTime before)
    {
        Doing.Forget(before);
        Callbacks.Forget(before);
        Pacing.Forget(before);
        ScanIsDue.Forget(before);
    }

    public bool IsFull => Doing.IsFull || Callbacks.IsFull;
}
