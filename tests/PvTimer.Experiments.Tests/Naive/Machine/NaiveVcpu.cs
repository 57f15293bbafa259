using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>Where a vCPU is, as the CPU that posts an interrupt to it finds it.</summary>
internal enum NaiveMode
{
    Guest,
    Host,
    Polling,
    Blocked,
}

/// <summary>
/// A pCPU with the one vCPU that is pinned to it, from the first entry to the end: what the guest does, what its exits
/// take, and how it sleeps.
/// </summary>
internal sealed partial class NaiveVcpu(
    NaiveConfiguration configuration,
    NaiveVm vm,
    int pcpu,
    NaiveTimers timers,
    NaiveResult result
) : NaiveCpu(pcpu)
{
    private readonly NaiveCosts _costs = configuration.Costs;
    private bool _handled;
    private long _exitedAt;
    private Action<long>? _unfinished;
    private long _pollWindow;

    public NaiveTsc Tsc { get; } = new(vm.Kilohertz);

    public NaiveWord Expire { get; } = new();

    public NaiveWord NextSync { get; } = new();

    public NaiveMode Mode { get; private set; } = NaiveMode.Host;

    /// <summary>Its own hrtimer has expired, and the interrupt is to be injected; 0: none is.</summary>
    private long Expired { get; set; }

    /// <summary>The deadlines that its posted-interrupt descriptor stands for.</summary>
    private readonly List<long> _posted = [];

    /// <summary>Those that its LAPIC has in IRR while the guest has interrupts off.</summary>
    private readonly List<long> _requested = [];
    private bool _interruptsAreOff;

    private bool IsPending => Expired != 0 || _posted.Count > 0;

    /// <summary>PIR is set, unless the timer is void by now.</summary>
    public bool Accepts(long deadline)
    {
        if (IsVoid(deadline))
        {
            return false;
        }
        _posted.Add(deadline);
        return true;
    }

    public bool IsRunnable { get; set; }

    /// <summary>How long a line takes from here to the timer CPU and back.</summary>
    public long Line => _costs.Line(configuration.SameSocket(Number, configuration.Pcpus - 1));

    protected override long TimerDue =>
        Mode == NaiveMode.Guest ? Math.Min(_hrtimer, CounterDue) : _hrtimer;

    public override async Task Story()
    {
        await Takes(_costs.ContextSwitch);
        await Enter();
        switch (vm.Guest)
        {
            case NaiveGrid grid:
                await Grid(grid);
                break;
            case NaiveSleeps sleeps:
                while (true)
                {
                    await SleepUntil(Tsc.At(Now + sleeps.Sleep), sleeps.Work);
                }
            case NaiveList list:
                foreach (long sleep in list.Sleeps)
                {
                    // It halts whatever has come: one that was so short that it is over sleeps on.
                    await Program(Tsc.At(Now + sleep));
                    await Sleep();
                }
                break;
            case NaiveRearms rearms:
                foreach (NaiveRearm round in rearms.Rounds)
                {
                    await Program(Tsc.At(Now + round.First));
                    await Compute(round.Work);
                    await Program(Tsc.At(Now + round.Second));
                    await Sleep();
                }
                break;
            default:
                throw new InvalidOperationException($"{vm.Guest} is no guest");
        }
        while (true)
        {
            await Idle();
        }
    }

    private async Task Grid(NaiveGrid grid)
    {
        long step = 0;
        if (Now < grid.Offset)
        {
            await SleepUntil(Tsc.At(grid.Offset), grid.Work);
        }
        while (true)
        {
            do
            {
                step++;
            } while (TimeOf(step) <= Now);
            await SleepUntil(Tsc.At(TimeOf(step)), grid.Work);
        }

        long TimeOf(long step) => grid.Offset + (long)((Int128)step * grid.Period / grid.Threads);
    }

    private async Task SleepUntil(long deadline, long work)
    {
        _handled = false;
        await Program(deadline);
        if (!_handled)
        {
            await Sleep();
        }
        await Compute(work);
    }

    private async Task Sleep()
    {
        _handled = false;
        while (!_handled)
        {
            await Idle();
        }
    }

    private Task Idle() => vm.Halts ? Halt() : Spin();

    // In guest mode

    /// <summary>In guest mode for so long, interrupts not counted.</summary>
    private async Task Compute(long length)
    {
        long left = length;
        while (left > 0)
        {
            long from = Now;
            if (await Until(Now + left))
            {
                return;
            }
            left -= Now - from;
            if (await Disturbed(left) is not { } computed)
            {
                return;
            }
            left -= computed;
        }
    }

    private async Task Spin()
    {
        await Until(long.MaxValue);
        await Disturbed(long.MaxValue);
    }

    /// <summary>
    /// An interrupt has come in guest mode: a notification, or one that is an exit. The guest goes on until it is
    /// recognised; how long, or null if what it was at is over before, and the interrupt still to come.
    /// </summary>
    private async Task<long?> Disturbed(long left)
    {
        if (Coming.FindIndex(each => each.At <= Now) is var first and >= 0)
        {
            Coming.RemoveAt(first);
            await TakePosted();
            return 0;
        }
        bool isCounter = CounterDue <= Math.Min(_hrtimer, Now);
        if (isCounter && timers.BackEnd == NaiveBackEnd.ApicvTimer)
        {
            await CounterDelivers();
            return 0;
        }
        long arrived = isCounter ? Math.Max(CounterDue, _counterWritten) : Math.Min(_hrtimer, Now);
        long recognition = Math.Max(_costs.InterruptRecognition - (Now - arrived), Hop);
        if (left <= recognition)
        {
            await Takes(left);
            return null;
        }
        await Takes(recognition);
        if (isCounter)
        {
            await CounterExpires();
            return recognition;
        }
        result.ExternalInterrupts++;
        await Exit(time => result.ExternalInterruptTime += time);
        await Interrupts();
        await Work(_costs.ExternalInterruptHandler);
        await Enter();
        return recognition;
    }

    private async Task Take(params long[] deadlines)
    {
        if (_interruptsAreOff)
        {
            _requested.AddRange(deadlines);
            return;
        }
        if (deadlines.Length == 0)
        {
            return;
        }
        await Takes(_costs.GuestInterruptEntry);
        foreach (long deadline in deadlines)
        {
            result.Fired++;
            result.Lateness.Add(Now - Tsc.TimeOf(deadline));
        }
        _handled = true;
    }

    private Task TakePosted()
    {
        long[] deadlines = [.. _posted];
        _posted.Clear();
        return Take(deadlines);
    }

    // In the host

    /// <summary>The run ends: an exit that is not over has lasted until now.</summary>
    public void Finish(long end) => _unfinished?.Invoke(Math.Max(0, end - _exitedAt));

    private async Task Exit(Action<long> record)
    {
        (_unfinished, _exitedAt) = (record, Now + _costs.ExitTransition);
        Mode = NaiveMode.Host;
        await Takes(_costs.ExitTransition);
    }

    private async Task Enter()
    {
        await Interrupts();
        long handled = Now - _exitedAt;
        long injected = Expired;
        Expired = 0;
        await Takes(_costs.EntryTransition);
        _unfinished?.Invoke(handled);
        _unfinished = null;
        Mode = NaiveMode.Guest;
        if (injected != 0 && !IsVoid(injected))
        {
            _posted.Insert(0, injected);
        }
        if (HasPreemptionTimer && CounterDue <= Now)
        {
            // A counter that is at 0 when guest mode begins waits for no instruction, nor for an interrupt.
            await CounterExpires();
            return;
        }
        await TakePosted();
    }

    /// <summary>The host works for so long; interrupts come between.</summary>
    private async Task Work(long length)
    {
        long end = Now + length;
        while (!await Until(end))
        {
            long left = end - Now;
            await Interrupts();
            end = Now + left;
        }
    }

    /// <summary>Handles what has come.</summary>
    private async Task Interrupts()
    {
        while (HasCome)
        {
            if (_hrtimer <= Now)
            {
                _hrtimer = long.MaxValue;
                await Takes(_costs.TimerInterrupt);
                Expired = _hrtimerFor;
                if (Mode == NaiveMode.Blocked)
                {
                    await Takes(_costs.ThreadWake);
                    IsRunnable = true;
                }
                continue;
            }
            int first = Coming.FindIndex(each => each.At <= Now);
            NaiveSignal signal = Coming[first].Signal;
            Coming.RemoveAt(first);
            if (signal == NaiveSignal.Reschedule)
            {
                await Takes(_costs.IpiHandler);
                IsRunnable = true;
            }
        }
    }
}
