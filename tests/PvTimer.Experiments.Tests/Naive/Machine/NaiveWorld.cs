using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>
/// The time of all pCPUs. Each is a story that is told from top to bottom and waits for a later time here and there;
/// the one that waits for the earliest goes on.
/// </summary>
internal sealed class NaiveWorld(long end)
{
    private readonly List<NaiveCpu> _cpus = [];

    public void Add(NaiveCpu cpu) => _cpus.Add(cpu);

    public void Run()
    {
        List<Task> stories = [.. _cpus.Select(cpu => cpu.Story())];
        while (true)
        {
            NaiveCpu next = _cpus.MinBy(cpu => cpu.WakesAt)!;
            if (next.WakesAt >= end)
            {
                return;
            }
            next.Continue();
            foreach (Task story in stories.Where(story => story.IsFaulted))
            {
                story.GetAwaiter().GetResult();
            }
        }
    }
}

/// <summary>Something that comes to a pCPU from outside.</summary>
internal enum NaiveSignal
{
    /// <summary>Of its LAPIC: an hrtimer is due.</summary>
    Timer,
    Doorbell,
    Reschedule,

    /// <summary>A posted interrupt's; only a vCPU in guest mode gets one.</summary>
    Notification,

    /// <summary>No interrupt: who polls sees a bit.</summary>
    Bit,
}

/// <summary>One pCPU: its own time, and the interrupts on their way to it.</summary>
internal abstract class NaiveCpu(int number) : INotifyCompletion
{
    /// <summary>Two parts of one machine are told of each other's doings so much later, and not before.</summary>
    protected const long Hop = 1;

    private Action? _goesOn;
    private long _until;
    private bool _listens;

    public int Number => number;

    public long Now { get; private set; }

    protected List<(long At, NaiveSignal Signal, int From)> Coming { get; } = [];

    /// <summary>When its earliest hrtimer is due; long.MaxValue: there is none.</summary>
    protected abstract long TimerDue { get; }

    private long FirstSignal =>
        Math.Min(TimerDue, Coming.Count == 0 ? long.MaxValue : Coming.Min(each => each.At));

    public long WakesAt => _listens ? Math.Max(Now, Math.Min(_until, FirstSignal)) : _until;

    protected bool HasCome => FirstSignal <= Now;

    public void Send(long at, NaiveSignal signal, int from = -1) => Coming.Add((at, signal, from));

    public abstract Task Story();

    /// <summary>For so long nothing reaches it.</summary>
    protected NaiveCpu Takes(long span)
    {
        (_until, _listens) = (Now + span, false);
        return this;
    }

    /// <summary>Until then, or until an interrupt comes.</summary>
    protected NaiveCpu Until(long at)
    {
        (_until, _listens) = (Math.Max(at, Now), true);
        return this;
    }

    public void Continue()
    {
        Now = WakesAt;
        Action goesOn = _goesOn!;
        _goesOn = null;
        goesOn();
    }

    public NaiveCpu GetAwaiter() => this;

    public bool IsCompleted => false;

    public void OnCompleted(Action continuation) => _goesOn = continuation;

    /// <summary>Whether it has waited until then: no interrupt came before.</summary>
    public bool GetResult() => Now == _until && !(_listens && HasCome);
}
