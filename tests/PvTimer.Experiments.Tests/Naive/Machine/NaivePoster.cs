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
    /// the vCPU's mode and its thread's state. With interrupts off.
    /// </summary>
    protected async Task Post(NaiveVcpu vcpu, long deadline)
    {
        await Takes(LineTo(vcpu));
        await Takes(
            Land(vcpu, deadline, Now) is { } asked
                ? asked.After + asked.Cost
                : (LineTo(vcpu) * 2) + (2 * Hop)
        );
    }

    /// <summary>From here to the vCPU's descriptor.</summary>
    protected long LineTo(NaiveVcpu vcpu) =>
        configuration.PostsAsIfOnOneSocket ? configuration.Costs.Line(sameSocket: true) : vcpu.Line;

    /// <summary>The line is there. Who has to notify or wake knows it so much later, and pays that; null: no CPU has to.</summary>
    protected (long After, long Cost)? Land(NaiveVcpu vcpu, long deadline, long now)
    {
        NaiveCosts costs = configuration.Costs;
        long ipi = costs.Ipi(configuration.SameSocket(Number, vcpu.Number));
        if (!vcpu.Accepts(deadline))
        {
            return null;
        }
        result.Posted++;
        switch (vcpu.Mode)
        {
            case NaiveMode.Guest:
                vcpu.Send(now + ipi + costs.PostedInterruptProcessing, NaiveSignal.Notification);
                return (LineTo(vcpu), costs.IpiSend);
            case NaiveMode.Blocked:
                long wakes = costs.ThreadWake + costs.IpiSend;
                vcpu.Send(now + LineTo(vcpu) + wakes + ipi, NaiveSignal.Reschedule);
                return (2 * LineTo(vcpu), wakes);
            case NaiveMode.Polling:
                vcpu.Send(now, NaiveSignal.Bit);
                return null;
            default:
                return null;
        }
    }
}
