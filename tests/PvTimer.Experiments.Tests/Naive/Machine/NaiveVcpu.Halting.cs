using System;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <content>HLT: it polls for a while, then blocks.</content>
internal sealed partial class NaiveVcpu
{
    private async Task Halt()
    {
        result.Hlts++;
        await Exit(time => result.HltTime += time);
        await Work(_costs.HltHandler);
        await SwitchToHrtimer();
        long began = Now;
        if (!IsPending)
        {
            await PollOrBlock(began);
        }
        Mode = NaiveMode.Host;
        await Enter();
    }

    private async Task PollOrBlock(long began)
    {
        if (_pollWindow > 0)
        {
            Mode = NaiveMode.Polling;
            long end = Now + _pollWindow;
            while (!IsPending && !await Until(end))
            {
                await Interrupts();
            }
            Mode = NaiveMode.Host;
            if (IsPending)
            {
                Adapt(Now - began);
                await Work(_costs.PollExit);
                return;
            }
        }
        await Block();
        Adapt(Now - began);
    }

    private async Task Block()
    {
        Mode = NaiveMode.Blocked;
        IsRunnable = false;
        await Work(_costs.ContextSwitch);
        while (!IsRunnable || Coming.Count > 0)
        {
            long idleSince = Now;
            await Until(long.MaxValue);
            await Takes(_costs.Wake(Now - idleSince));
            await Interrupts();
        }
        Mode = NaiveMode.Host;
        await Work(_costs.ContextSwitch);
    }

    /// <summary>kvm_vcpu_halt: how long it polls the next time.</summary>
    private void Adapt(long halted)
    {
        if (halted <= _pollWindow)
        {
            return;
        }
        if (_pollWindow > 0 && halted > configuration.HaltPoll)
        {
            _pollWindow =
                configuration.HaltPollShrink == 0 ? 0 : _pollWindow / configuration.HaltPollShrink;
            if (_pollWindow < configuration.HaltPollGrowStart)
            {
                _pollWindow = 0;
            }
        }
        else if (_pollWindow < configuration.HaltPoll && halted < configuration.HaltPoll)
        {
            if (configuration.HaltPollGrow > 0)
            {
                _pollWindow = Math.Min(
                    configuration.HaltPoll,
                    Math.Max(
                        configuration.HaltPollGrowStart,
                        _pollWindow * configuration.HaltPollGrow
                    )
                );
            }
        }
    }
}
