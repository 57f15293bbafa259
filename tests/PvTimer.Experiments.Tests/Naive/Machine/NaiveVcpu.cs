using System;
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

    /// <summary>The deadline that its posted-interrupt descriptor stands for; 0: nothing is posted.</summary>
    public long Posted { get; set; }

    private bool IsPending => Expired != 0 || Posted != 0;

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
            await Disturbed();
        }
    }

    private async Task Spin()
    {
        await Until(long.MaxValue);
        await Disturbed();
    }

    /// <summary>An interrupt has come in guest mode: a notification, or one of the host, which is an exit.</summary>
    private async Task Disturbed()
    {
        if (Coming.FindIndex(each => each.At <= Now) is var first and >= 0)
        {
            Coming.RemoveAt(first);
            await Take(Posted);
            Posted = 0;
            return;
        }
        if (CounterDue <= Math.Min(_hrtimer, Now))
        {
            await CounterExpires();
            return;
        }
        long arrived = Math.Min(_hrtimer, Now);
        await Takes(Math.Max(_costs.InterruptRecognition - (Now - arrived), Hop));
        result.ExternalInterrupts++;
        await Exit(time => result.ExternalInterruptTime += time);
        await Interrupts();
        await Work(_costs.ExternalInterruptHandler);
        await Enter();
    }

    private async Task Take(long deadline)
    {
        if (deadline == 0)
        {
            return;
        }
        await Takes(_costs.GuestInterruptEntry);
        result.Fired++;
        result.Lateness.Add(Now - Tsc.TimeOf(deadline));
        _handled = true;
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
        long synced = Posted;
        Posted = 0;
        await Take(injected);
        await Take(synced);
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
