using System.Runtime.CompilerServices;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>What a pCPU's time is spent on.</summary>
public enum CpuUse
{
    Idle,
    Guest,
    Exit,
    Kthread,
    Interrupt,
    Poll,
}

/// <summary>
/// Where one pCPU's nanoseconds went: at each instant it has exactly one use, so the sums are exact.
/// </summary>
internal sealed class CpuAccount : IStateful
{
    private const int Uses = 6;

    /// <summary>By <see cref="CpuUse"/>.</summary>
    [InlineArray(Uses)]
    private struct SpentByUse
    {
        private VirtualDuration _first;
    }

    private SpentByUse _spent;
    private CpuUse _use;
    private CpuUse _before;
    private VirtualTime _since;

    /// <summary>From <paramref name="at"/> on the pCPU is used for <paramref name="use"/>.</summary>
    /// <param name="at">
    /// Not before the last switch; may lie ahead by as much as a transition takes.
    /// </param>
    /// <param name="use">The new use.</param>
    public void Switch(VirtualTime at, CpuUse use)
    {
        _spent[(int)_use] += at - _since;
        _since = at;
        _before = _use;
        _use = use;
    }

    /// <summary>The six sums up to <paramref name="end"/>; together they are exactly that long.</summary>
    public CpuTime UpTo(VirtualTime end)
    {
        SpentByUse spent = _spent;
        // A transition that would have ended after the run belongs to what the pCPU did before it.
        CpuUse last = end >= _since ? _use : _before;
        spent[(int)last] += end - _since;
        return new CpuTime(
            spent[(int)CpuUse.Guest],
            spent[(int)CpuUse.Exit],
            spent[(int)CpuUse.Kthread],
            spent[(int)CpuUse.Interrupt],
            spent[(int)CpuUse.Poll],
            spent[(int)CpuUse.Idle]
        );
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        for (int use = 0; use < Uses; use++)
        {
            _spent[use] = state.Value(_spent[use]);
        }
        _use = state.Enumeration(_use);
        _before = state.Enumeration(_before);
        _since = state.Value(_since);
    }
}
