using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Threads;

/// <summary>`cpu.max` of a vCPU's control group (CFS bandwidth control; libvirt's vcpu_quota and vcpu_period).</summary>
/// <param name="Quota">So much time on a pCPU in each period; more than zero, at most a period.</param>
/// <param name="Period">1 ms to 1 s, as Linux has it; 100 ms is usual.</param>
public sealed record CpuBandwidth(VirtualDuration Quota, VirtualDuration Period)
{
    public static VirtualDuration UsualPeriod { get; } = VirtualDuration.FromMilliseconds(100);
}

/// <summary>
/// What a thread has left of its quota. Periods follow each other from its first run on; what it did not use of one is
/// not added to the next, what it used too much is taken from it.
/// </summary>
/// <param name="Bandwidth">How much it gets, and how often.</param>
/// <param name="Left">At <paramref name="ChargedUpTo"/>; negative: used in advance.</param>
/// <param name="PeriodEnd">When there is more; zero: it has not run yet.</param>
/// <param name="ChargedUpTo">What it used after that is not subtracted yet.</param>
/// <param name="IsRunning">It has used all the time since then.</param>
public readonly record struct CpuBudget(
    CpuBandwidth Bandwidth,
    VirtualDuration Left,
    VirtualTime PeriodEnd,
    VirtualTime ChargedUpTo,
    bool IsRunning
)
{
    public static CpuBudget? Of(CpuBandwidth? bandwidth) =>
        bandwidth is null
            ? null
            : new CpuBudget(
                bandwidth,
                bandwidth.Quota,
                VirtualTime.Zero,
                VirtualTime.Zero,
                IsRunning: false
            );

    /// <summary>Nothing is left.</summary>
    public bool IsSpent => Left <= VirtualDuration.Zero;

    /// <summary>When nothing will be left, if it goes on running; it is not spent.</summary>
    public VirtualTime SpentAt =>
        Left < PeriodEnd - ChargedUpTo ? ChargedUpTo + Left : PeriodEnd + Bandwidth.Quota;

    public CpuBudget Start(VirtualTime now) => At(now) with { IsRunning = true };

    public CpuBudget Stop(VirtualTime now) => At(now) with { IsRunning = false };

    /// <summary>With what was used until then subtracted, and what the periods have brought since added.</summary>
    public CpuBudget At(VirtualTime now)
    {
        VirtualTime end = PeriodEnd == VirtualTime.Zero ? now + Bandwidth.Period : PeriodEnd;
        VirtualTime from = ChargedUpTo;
        VirtualDuration left = Left;
        while (IsRunning && now >= end)
        {
            left = Refilled(left - (end - from), periods: 1);
            from = end;
            end += Bandwidth.Period;
        }
        if (IsRunning)
        {
            left -= now - from;
        }
        else if (now >= end)
        {
            long periods = ((now - end).Nanoseconds / Bandwidth.Period.Nanoseconds) + 1;
            left = Refilled(left, periods);
            end += Bandwidth.Period * periods;
        }
        return this with { Left = left, PeriodEnd = end, ChargedUpTo = now };
    }

    private VirtualDuration Refilled(VirtualDuration left, long periods)
    {
        long debt = Math.Min(left.Nanoseconds, 0);
        long repaid = -debt / Bandwidth.Quota.Nanoseconds;
        return periods > repaid + 1
            ? Bandwidth.Quota
            : VirtualDuration.FromNanoseconds(debt) + (Bandwidth.Quota * periods);
    }

    /// <summary>Writes it, or reads another one.</summary>
    internal static CpuBudget Transfer(StateTransfer state, CpuBudget budget)
    {
        CpuBandwidth bandwidth = new(
            state.Value(budget.Bandwidth?.Quota ?? default),
            state.Value(budget.Bandwidth?.Period ?? default)
        );
        return new CpuBudget(
            bandwidth,
            state.Value(budget.Left),
            state.Value(budget.PeriodEnd),
            state.Value(budget.ChargedUpTo),
            state.Value(budget.IsRunning)
        );
    }
}
