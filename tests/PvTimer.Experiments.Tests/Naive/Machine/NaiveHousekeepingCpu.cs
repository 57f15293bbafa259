using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace PvTimer.Experiments.Tests.Naive.Machine;

/// <summary>The housekeeping CPU of `pi-inject`: idle, but for the hrtimers of all vCPUs.</summary>
internal sealed class NaiveHousekeepingCpu(NaiveConfiguration configuration, NaiveResult result)
    : NaivePoster(configuration, result)
{
    private NaiveCosts Costs => Configuration.Costs;

    private readonly List<(long Due, long SeenAt, NaiveVcpu Vcpu, long Deadline)> _hrtimers = [];

    protected override long TimerDue =>
        _hrtimers.Count == 0
            ? long.MaxValue
            : _hrtimers.Min(each => Math.Max(each.Due, each.SeenAt));

    /// <summary>Another CPU has put it into the queue of this one: it is seen here a line later.</summary>
    public void Start(NaiveVcpu vcpu, long deadline, long seenAt) =>
        _hrtimers.Add((vcpu.Tsc.TimeOf(deadline), seenAt, vcpu, deadline));

    public override async Task Story()
    {
        while (true)
        {
            long idleSince = Now;
            await Until(long.MaxValue);
            await Takes(Costs.Wake(Now - idleSince));
            await Takes(Costs.TimerInterrupt);
            bool isFirst = true;
            while (TimerDue <= Now)
            {
                if (!isFirst)
                {
                    await Takes(Costs.HrtimerCancel);
                }
                isFirst = false;
                // Of equal ones the one that was queued first.
                (long Due, long SeenAt, NaiveVcpu Vcpu, long Deadline) next = _hrtimers
                    .Where(each => each.SeenAt <= Now)
                    .OrderBy(each => each.SeenAt)
                    .MinBy(each => each.Due);
                _hrtimers.Remove(next);
                await Post(next.Vcpu, next.Deadline, hop: 0, Alone);
            }
        }
    }
}
