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

    private readonly List<Queued> _hrtimers = [];

    protected override long TimerDue =>
        _hrtimers
            .Where(each => Math.Max(each.Due, each.SeenAt) < each.GoneAt)
            .Select(each => Math.Max(each.Due, each.SeenAt))
            .DefaultIfEmpty(long.MaxValue)
            .Min();

    /// <summary>Another CPU has put it into the queue of this one: it is seen here a line later.</summary>
    public void Start(NaiveVcpu vcpu, long deadline, long seenAt) =>
        _hrtimers.Add(new Queued(vcpu.Tsc.TimeOf(deadline), seenAt, vcpu, deadline));

    public bool Has(NaiveVcpu vcpu) =>
        _hrtimers.Exists(each => each.Vcpu == vcpu && each.GoneAt == long.MaxValue);

    /// <summary>Another CPU has taken it out of the queue, which is seen here a line later, too.</summary>
    public void Cancel(NaiveVcpu vcpu, long seenAt)
    {
        foreach (Queued queued in _hrtimers.Where(each => each.Vcpu == vcpu))
        {
            queued.GoneAt = Math.Min(queued.GoneAt, seenAt);
        }
    }

    public override async Task Story()
    {
        while (true)
        {
            long idleSince = Now;
            await Until(long.MaxValue);
            await Takes(Costs.Wake(Now - idleSince));
            await Takes(Costs.TimerInterrupt);
            bool isFirst = true;
            while (Due() is not null)
            {
                if (!isFirst)
                {
                    await Takes(Costs.HrtimerCancel);
                }
                isFirst = false;
                if (Due() is not { } next)
                {
                    // It was cancelled meanwhile.
                    break;
                }
                _hrtimers.Remove(next);
                await Post(next.Vcpu, next.Deadline);
            }
        }
    }

    /// <summary>Whose callback is next; of equal ones the one that was queued first.</summary>
    private Queued? Due()
    {
        _hrtimers.RemoveAll(each => each.GoneAt <= Now);
        return _hrtimers
            .Where(each => Math.Max(each.Due, each.SeenAt) <= Now)
            .OrderBy(each => each.SeenAt)
            .MinBy(each => each.Due);
    }

    private sealed record Queued(long Due, long SeenAt, NaiveVcpu Vcpu, long Deadline)
    {
        public long GoneAt { get; set; } = long.MaxValue;
    }
}
