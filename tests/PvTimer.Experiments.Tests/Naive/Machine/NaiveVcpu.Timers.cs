using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <content>What the guest does for its next event, and what the host does for that.</content>
internal sealed partial class NaiveVcpu
{
    /// <summary>Fixed: so often a vCPU may ring until its page is promised another look.</summary>
    private const int MostDoorbells = 6;

    /// <summary>Of its own pCPU.</summary>
    private long _hrtimer = long.MaxValue;
    private long _hrtimerFor;

    /// <summary>What the processor itself counts to, in guest mode; 0: nothing.</summary>
    private long _counter;

    /// <summary>It was written in guest mode then, and does not reach the core before.</summary>
    private long _counterWritten;
    private long _promise;
    private int _doorbells;

    /// <summary>What the guest programmed last.</summary>
    private long _programmed;

    private long CounterDue => _counter == 0 ? long.MaxValue : Tsc.TimeOf(_counter);

    private bool HasPreemptionTimer =>
        timers.BackEnd is NaiveBackEnd.PreemptionTimer or NaiveBackEnd.Fastpath;

    private bool HasCounter =>
        HasPreemptionTimer || timers.BackEnd is NaiveBackEnd.ApicvTimer or NaiveBackEnd.Passthrough;

    /// <summary>clockevents_program_event runs with interrupts off: what comes meanwhile is taken afterwards.</summary>
    private async Task Program(long deadline)
    {
        _interruptsAreOff = true;
        await ProgramDevice(deadline);
        _interruptsAreOff = false;
        long[] requested = [.. _requested];
        _requested.Clear();
        await Take(requested);
    }

    private async Task ProgramDevice(long deadline)
    {
        if (timers.BackEnd == NaiveBackEnd.Paratick && vm.Guest is NaiveGrid { IsTick: true })
        {
            // The guest does nothing for its tick, and what the host does for its own tick is its own.
            result.Armed++;
            _programmed = deadline;
            (_hrtimer, _hrtimerFor) = (Tsc.TimeOf(deadline), deadline);
            return;
        }
        await Compute(_costs.GuestProgram);
        result.Armed++;
        _programmed = deadline;
        switch (timers.BackEnd)
        {
            case NaiveBackEnd.PvTimer:
                await ExchangePage(deadline);
                return;
            case NaiveBackEnd.ApicvTimer when Tsc.TimeOf(deadline) <= Now:
                // Delivered behind the write, before whatever comes next.
                _counter = 0;
                await Takes(Hop);
                await Take(deadline);
                return;
            case NaiveBackEnd.ApicvTimer or NaiveBackEnd.Passthrough:
                // A write that is no exit takes the shortest time there is.
                (_counter, _counterWritten) = (deadline, Now);
                await Takes(Hop);
                return;
            default:
                await WriteDeadline(deadline);
                return;
        }
    }

    private async Task WriteDeadline(long deadline)
    {
        result.MsrWrites++;
        await Exit(time => result.MsrWriteTime += time);
        if (timers.BackEnd == NaiveBackEnd.Fastpath)
        {
            await Takes(_costs.FastMsrWriteHandler);
        }
        else
        {
            await Work(_costs.MsrWriteHandler);
        }
        await Cancel();
        if (Tsc.TimeOf(deadline) <= Now)
        {
            // It has expired at once, and nothing is started.
            Expired = deadline;
            timers.HousekeepingCpu?.Cancel(this, Now + Line);
        }
        else if (timers.HousekeepingCpu is { } housekeeping)
        {
            await Work(_costs.HrtimerStart);
            housekeeping.Cancel(this, Now + Line);
            housekeeping.Start(this, deadline, Now + Line);
        }
        else if (HasCounter)
        {
            _counter = deadline;
        }
        else
        {
            await StartHrtimer(deadline);
        }
        await Enter();
    }

    /// <summary>A later write replaces an earlier one: only as posted the earlier one may still come.</summary>
    private bool IsVoid(long deadline) =>
        deadline != _programmed
        && !(timers.BackEnd == NaiveBackEnd.PvTimer && configuration.AsPosted);

    /// <summary>start_apic_timer cancels what is armed, and forgets what has expired but was not injected.</summary>
    private async Task Cancel()
    {
        bool isQueued = _hrtimer != long.MaxValue;
        _hrtimer = long.MaxValue;
        Expired = 0;
        _counter = 0;
        if (isQueued || timers.HousekeepingCpu?.Has(this) == true)
        {
            await Work(_costs.HrtimerCancel);
        }
    }

    /// <summary>start_sw_tscdeadline: what has passed has expired at once, and nothing is started.</summary>
    private async Task StartHrtimer(long deadline)
    {
        if (Tsc.TimeOf(deadline) <= Now)
        {
            Expired = deadline;
            return;
        }
        (_hrtimer, _hrtimerFor) = (Tsc.TimeOf(deadline), deadline);
        await Work(_costs.HrtimerStart);
    }

    /// <summary>The processor's own timer counts in guest mode only: an hrtimer takes its place.</summary>
    private async Task SwitchToHrtimer()
    {
        if (_counter == 0)
        {
            return;
        }
        long deadline = _counter;
        _counter = 0;
        await StartHrtimer(deadline);
    }

    /// <summary>apicv-timer: its deadline has come in guest mode.</summary>
    private Task CounterDelivers()
    {
        long deadline = _counter;
        _counter = 0;
        return Take(deadline);
    }

    /// <summary>The processor's own timer has run out in guest mode, or was at its end when that began.</summary>
    private async Task CounterExpires()
    {
        long deadline = _counter;
        _counter = 0;
        await ExitOfCounter();
        Expired = deadline;
        await Enter();
    }

    private async Task ExitOfCounter()
    {
        if (timers.BackEnd == NaiveBackEnd.Passthrough)
        {
            // The physical timer's: the host's interrupt comes before the handler.
            result.ExternalInterrupts++;
            await Exit(time => result.ExternalInterruptTime += time);
            await Takes(_costs.TimerInterrupt);
            await Work(_costs.ExternalInterruptHandler);
            return;
        }
        result.PreemptionTimers++;
        await Exit(time => result.PreemptionTimerTime += time);
        if (timers.BackEnd == NaiveBackEnd.Fastpath)
        {
            await Takes(_costs.FastPreemptionTimerHandler);
        }
        else
        {
            await Work(_costs.PreemptionTimerHandler);
        }
    }

    // pvtimer

    private async Task ExchangePage(long deadline)
    {
        Expire.Store(Now + Line, deadline);
        await Compute(Line);
        if (
            deadline < NextSync.At(Now)
            || deadline < Tsc.At(Now)
            || deadline - Tsc.At(Now) < configuration.Padding
        )
        {
            await Ring(timers.TimerCpu!);
        }
    }

    private async Task Ring(NaiveTimerCpu host)
    {
        if (NextSync.At(Now) != _promise)
        {
            (_promise, _doorbells) = (NextSync.At(Now), 0);
        }
        _doorbells++;
        bool mayRing = configuration.AsPosted || _doorbells <= MostDoorbells;
        // None if the dedicated CPU has taken it meanwhile.
        long own = mayRing ? 0 : Expire.Last;
        if (own != 0)
        {
            Expire.Store(Now + Line, 0);
        }
        result.MsrWrites++;
        await Exit(time => result.MsrWriteTime += time);
        await Work(_costs.MsrWriteHandler);
        if (mayRing)
        {
            await Work(_costs.IpiSend);
            host.Send(
                Now + _costs.Ipi(configuration.SameSocket(Number, host.Number)),
                NaiveSignal.Doorbell,
                Number
            );
        }
        else if (own != 0)
        {
            await StartHrtimer(own);
        }
        await Enter();
    }
}
