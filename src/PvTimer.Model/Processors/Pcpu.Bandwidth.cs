using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>
/// CPU time that threads did not get: another had the pCPU, or their quota was spent (CFS bandwidth control).
/// </content>
public sealed partial class Pcpu
{
    private readonly Dictionary<EntityId, VirtualDuration> _steal = [];
    private readonly Dictionary<EntityId, VirtualDuration> _throttled = [];

    /// <summary>
    /// For how long until then this vCPU's thread was runnable here and did not run (`run_delay`, KVM's steal time).
    /// </summary>
    internal VirtualDuration StealUpTo(VirtualTime end, EntityId vcpu) =>
        _steal.GetValueOrDefault(vcpu) + WaitingAt(end, vcpu, throttled: false);

    /// <summary>The part of it in which its quota was spent (`throttled_usec` of cpu.stat).</summary>
    internal VirtualDuration ThrottledUpTo(VirtualTime end, EntityId vcpu) =>
        _throttled.GetValueOrDefault(vcpu) + WaitingAt(end, vcpu, throttled: true);

    private VirtualDuration WaitingAt(VirtualTime end, EntityId vcpu, bool throttled)
    {
        bool waits =
            _threads.TryGetValue(vcpu, out VcpuThread? thread)
            && thread.State == VcpuRunState.Runnable
            && (!throttled || IsThrottled(vcpu));
        return waits ? end - thread!.RunnableSince : VirtualDuration.Zero;
    }

    private bool IsThrottled(EntityId vcpu) =>
        _hrtimers.Find(HrtimerFunction.QuotaPeriod, vcpu) is not null;

    private void CountSteal(VirtualTime now, VcpuThread thread) =>
        _steal[thread.Vcpu] = _steal.GetValueOrDefault(thread.Vcpu) + (now - thread.RunnableSince);

    private void CountThrottled(VirtualTime now, VcpuThread thread) =>
        _throttled[thread.Vcpu] =
            _throttled.GetValueOrDefault(thread.Vcpu) + (now - thread.RunnableSince);

    private void StartBudget(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (thread.Budget is { } budget)
        {
            CpuBudget running = budget.Start(now);
            thread.Budget = running;
            StartHrtimer(
                now,
                new Hrtimer(
                    HrtimerFunction.QuotaSpent,
                    thread.Vcpu,
                    running.SpentAt,
                    default,
                    default
                ),
                effects
            );
        }
    }

    private void StopBudget(VirtualTime now, VcpuThread thread)
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
    private bool Throttle(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        if (thread.Budget?.At(now) is not { IsSpent: true } spent)
        {
            return false;
        }
        thread.Budget = spent;
        thread.State = VcpuRunState.Runnable;
        StartHrtimer(
            now,
            new Hrtimer(
                HrtimerFunction.QuotaPeriod,
                thread.Vcpu,
                spent.PeriodEnd,
                default,
                default
            ),
            effects
        );
        return true;
    }

    /// <summary>unthrottle_cfs_rq, unless the new period's quota is spent already.</summary>
    private void EndThrottling(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        VcpuThread thread = _threads[vcpu];
        if (!Throttle(now, thread, effects))
        {
            CountThrottled(now, thread);
            JoinQueue(now, thread, effects);
        }
    }

    /// <summary>A thread that moves, stops or pauses waits no longer.</summary>
    private void LeaveQueue(VirtualTime now, VcpuThread thread)
    {
        if (thread.State != VcpuRunState.Runnable)
        {
            return;
        }
        CountSteal(now, thread);
        if (_hrtimers.Cancel(HrtimerFunction.QuotaPeriod, thread.Vcpu) is null)
        {
            _runQueue.Remove(thread);
        }
        else
        {
            CountThrottled(now, thread);
        }
    }
}
