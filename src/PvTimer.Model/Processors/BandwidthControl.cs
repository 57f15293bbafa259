using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// CFS bandwidth control on one pCPU: the hrtimers that watch its threads' quotas, and for how long threads were kept off
/// because theirs was spent.
/// </summary>
internal sealed class BandwidthControl(CpuHrtimers hrtimers) : IStateful
{
    private readonly CpuHrtimers _hrtimers = hrtimers;
    private EntityMap<VirtualDuration> _throttled;

    /// <summary>It waits for its next period.</summary>
    public bool IsThrottled(EntityId vcpu) =>
        _hrtimers.Find(HrtimerFunction.QuotaPeriod, vcpu) is not null;

    /// <summary>How long a vCPU's thread was throttled here, up to when it last ceased to be.</summary>
    public VirtualDuration ThrottledOf(EntityId vcpu) =>
        _throttled.TryGet(vcpu, out VirtualDuration throttled) ? throttled : VirtualDuration.Zero;

    /// <summary>A thread gets the pCPU.</summary>
    public void StartBudget(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (thread.Budget is { } budget)
        {
            CpuBudget running = budget.Start(now);
            thread.Budget = running;
            StartTimer(now, HrtimerFunction.QuotaSpent, thread.Vcpu, running.SpentAt, effects);
        }
    }

    /// <summary>It gives the pCPU away.</summary>
    public void StopBudget(VirtualTime now, VcpuThread thread)
    {
        if (thread.Budget is { } budget)
        {
            thread.Budget = budget.Stop(now);
            thread.IsThrottled = false;
            _hrtimers.Cancel(HrtimerFunction.QuotaSpent, thread.Vcpu);
        }
    }

    /// <summary>
    /// throttle_cfs_rq: a thread whose quota is spent waits for the next period instead of for its turn; false if
    /// something is left.
    /// </summary>
    public bool Throttle(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (thread.Budget?.At(now) is not { IsSpent: true } spent)
        {
            return false;
        }
        thread.Budget = spent;
        thread.State = VcpuRunState.Runnable;
        StartTimer(now, HrtimerFunction.QuotaPeriod, thread.Vcpu, spent.PeriodEnd, effects);
        return true;
    }

    /// <summary>A new period has begun: false if its quota is spent already.</summary>
    public bool Unthrottle(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (Throttle(now, thread, effects))
        {
            return false;
        }
        Count(now, thread);
        return true;
    }

    /// <summary>A thread that waits here moves, stops or pauses: false if it waits for its turn instead.</summary>
    public bool Leave(VirtualTime now, VcpuThread thread)
    {
        if (_hrtimers.Cancel(HrtimerFunction.QuotaPeriod, thread.Vcpu) is null)
        {
            return false;
        }
        Count(now, thread);
        return true;
    }

    private void Count(VirtualTime now, VcpuThread thread) =>
        _throttled.At(thread.Vcpu) += now - thread.RunnableSince;

    private void StartTimer(
        VirtualTime now,
        HrtimerFunction function,
        EntityId vcpu,
        VirtualTime expires,
        IEffects effects
    ) =>
        _hrtimers.Start(
            now,
            new Hrtimer(function, vcpu, expires, default, VirtualDuration.Zero),
            effects
        );

    /// <inheritdoc/>
    public void Transfer(StateTransfer state) =>
        state.ByEntity(ref _throttled, static (s, _, span) => s.Value(span));
}
