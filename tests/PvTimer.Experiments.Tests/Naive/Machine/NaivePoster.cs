using System;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>A CPU that posts timer interrupts to vCPUs on other CPUs.</summary>
internal abstract class NaivePoster(NaiveConfiguration configuration, NaiveResult result)
    : NaiveCpu(configuration.Pcpus - 1)
{
    protected NaiveConfiguration Configuration => configuration;

    protected NaiveResult Result => result;

    /// <summary>
    /// PIR, ON, and what the vCPU needs to see them: up to three lines are read that others write, the descriptor's,
    /// the vCPU's mode and its thread's state.
    /// </summary>
    /// <param name="vcpu">To whom.</param>
    /// <param name="deadline">Whose timer it is.</param>
    /// <param name="hop">How much later the work that posts hears of it.</param>
    /// <param name="spend">That work, for so long.</param>
    protected async Task Post(NaiveVcpu vcpu, long deadline, long hop, Func<long, Task> spend)
    {
        NaiveCosts costs = configuration.Costs;
        result.Posted++;
        long line = configuration.PostsAsIfOnOneSocket ? costs.Line(sameSocket: true) : vcpu.Line;
        long ipi = costs.Ipi(configuration.SameSocket(Number, vcpu.Number));
        await Takes(hop + line);
        NaiveMode mode = vcpu.Accepts(deadline) ? vcpu.Mode : NaiveMode.Host;
        switch (mode)
        {
            case NaiveMode.Guest:
                vcpu.Send(Now + ipi + costs.PostedInterruptProcessing, NaiveSignal.Notification);
                await spend(line + hop + costs.IpiSend);
                return;
            case NaiveMode.Blocked:
                await Takes(line);
                long sent = Now + costs.ThreadWake + costs.IpiSend;
                vcpu.Send(sent + ipi, NaiveSignal.Reschedule);
                await spend(line + hop + sent - Now);
                return;
            case NaiveMode.Polling:
                vcpu.Send(Now, NaiveSignal.Bit);
                break;
            default:
                break;
        }
        await spend((line * 2) + (2 * Hop));
    }

    /// <summary>With interrupts off.</summary>
    protected async Task Alone(long length) => await Takes(length);
}
