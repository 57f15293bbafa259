using System;

namespace PvTimer.Model.Tests.Swarms;

/// <summary>
/// A LAPIC's timer registers, by the manual (Intel SDM vol. 3A, 12.5.4) and by the clock alone: nothing is armed,
/// nothing expires, what a register reads at an instant is computed from what was written before. Shares no code with
/// the model.
/// </summary>
internal sealed class NaiveLapic(Func<long, ulong> tscAt)
{
    private const int OneShot = 0;
    private const int Periodic = 1;
    private const int Deadline = 2;

    /// <summary>In it no count that is written runs, by KVM; the manual does not say.</summary>
    private const int Reserved = 3;

    /// <summary>KVM's min_timer_period_us.</summary>
    private const long ShortestPeriod = 200_000;

    private static readonly int[] Divisors = [2, 4, 8, 16, 32, 64, 128, 1];

    private int _mode = Deadline;
    private ulong _lvtt;
    private uint _divider;
    private long _count;
    private long? _target;
    private ulong _deadline;

    private long Divisor => Divisors[((_divider >> 1) & 4) | (_divider & 3)];

    private long Interval =>
        _mode == Periodic ? Math.Max(_count * Divisor, ShortestPeriod) : _count * Divisor;

    /// <summary>What a write means, at this nanosecond.</summary>
    public void Write(long now, uint msr, ulong value)
    {
        Roll(now);
        switch (msr)
        {
            case 0x832:
                SetMode(now, (int)((value >> 17) & 3));
                _lvtt = value;
                break;
            case 0x838 when _mode != Deadline:
                _count = (long)value;
                _target = value == 0 || _mode == Reserved ? null : now + Interval;
                break;
            case 0x83e:
                long before = Divisor;
                _divider = (uint)value & 0xb;
                _target = _target > now ? now + ((_target - now) * Divisor / before) : _target;
                break;
            case 0x6e0 when _mode == Deadline:
                _deadline = value;
                break;
            default:
                break;
        }
    }

    /// <summary>Whether this is what the register may read at this nanosecond.</summary>
    /// <param name="now">When.</param>
    /// <param name="msr">Which.</param>
    /// <param name="value">What it read.</param>
    /// <param name="slack">So much later the counter may be: a snapshot holds whole counts only.</param>
    public bool Reads(long now, uint msr, ulong value, long slack)
    {
        Roll(now);
        return msr switch
        {
            0x832 => value == _lvtt,
            0x838 => value == (ulong)_count,
            0x839 => IsCount((long)value, now, slack),
            0x83e => value == _divider,
            // What is due is on its way: it reads 0 from when its interrupt is injected.
            _ when _mode != Deadline => value == 0,
            _ when _deadline > tscAt(now) => value == _deadline,
            _ => value == _deadline || value == 0,
        };
    }

    private void SetMode(long now, int mode)
    {
        if ((mode == Deadline) != (_mode == Deadline))
        {
            (_count, _target, _deadline) = (0, null, 0);
        }
        else if (mode != _mode && _target <= now)
        {
            // It has reached 0 once and for all.
            _target = null;
        }
        _mode = mode;
    }

    private uint CurrentCount(long now) =>
        _mode == Deadline || _target is not { } target || target <= now
            ? 0
            : (uint)((target - now) / Divisor);

    private bool IsCount(long value, long now, long slack)
    {
        long off = Math.Abs(value - CurrentCount(now));
        long allowed = slack == 0 ? 0 : (slack / Divisor) + 1;
        return off <= allowed || (_mode == Periodic && off >= (Interval / Divisor) - allowed);
    }

    /// <summary>A periodic counter begins its next round whatever became of the last one's interrupt.</summary>
    private void Roll(long now)
    {
        if (_mode == Periodic && _target is { } target && target <= now)
        {
            _target = target + (Interval * (((now - target) / Interval) + 1));
        }
    }
}
