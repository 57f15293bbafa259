using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Processors;

/// <summary>
/// The turns of the timer kthread that is bound to a dedicated CPU: when it is woken, and when it has the pCPU. On any
/// other pCPU it is never runnable.
/// </summary>
internal sealed class BoundKthread(PcpuSite site, HostExecutor executor, TimerCpu? timerCpu)
    : IStateful
{
    private readonly CostProfile _costs = site.Costs;
    private readonly HostExecutor _executor = executor;
    private readonly TimerCpu? _timerCpu = timerCpu;
    private bool _isRunnable;

    /// <summary>The worker called schedule() and may go on: picked again, nothing has to be switched.</summary>
    private bool _hasYielded;

    /// <summary>It waits for its turn, and goes before any thread of a vCPU.</summary>
    public bool IsRunnable => _isRunnable;

    /// <summary>The run begins.</summary>
    public void Start(VirtualTime now, IEffects effects)
    {
        if (_timerCpu is not null)
        {
            _timerCpu.StartPacing(now, effects);
            _isRunnable = _timerCpu.IsBusy;
        }
    }

    /// <summary>The pacing timer wakes the worker. What that takes.</summary>
    public VirtualDuration PacingTimerExpired(VirtualTime now, Hrtimer timer, IEffects effects)
    {
        _timerCpu!.PacingTimerExpired(now, timer, effects);
        if (_timerCpu.IsBusy)
        {
            return VirtualDuration.Zero;
        }
        bool sleeps =
            !_isRunnable && _executor.Work is not (HostWork.Kthread or HostWork.KthreadSwitchIn);
        _isRunnable = true;
        return sleeps ? _costs.ThreadWake : VirtualDuration.Zero;
    }

    /// <summary>It was picked.</summary>
    public void TakeTurn(VirtualTime now, IEffects effects)
    {
        _isRunnable = false;
        if (_hasYielded)
        {
            Run(now, effects);
        }
        else
        {
            _executor.Begin(now, HostWork.KthreadSwitchIn, _costs.ContextSwitch, effects);
        }
    }

    /// <summary>Something else was picked: its next turn begins with a switch.</summary>
    public void MissTurn() => _hasYielded = false;

    /// <summary>It is switched to, and runs.</summary>
    public void Run(VirtualTime now, IEffects effects) =>
        _executor.RunKthread(now, _timerCpu!.Tick, effects);

    /// <summary>It calls schedule(): true if another, or itself, is to be picked; otherwise the pCPU switches to idle.</summary>
    /// <param name="othersWait">For the pCPU.</param>
    public bool Sleep(bool othersWait)
    {
        if (_timerCpu!.IsBusy)
        {
            _isRunnable = true;
        }
        _hasYielded = true;
        if (_isRunnable || othersWait)
        {
            _executor.DropWork();
            return true;
        }
        _hasYielded = false;
        _executor.Replace(HostWork.KthreadSwitchOut, _costs.ContextSwitch);
        return false;
    }

    /// <summary>Its CPU is unplugged.</summary>
    public void TearDown() => _isRunnable = false;

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        if (_timerCpu is not null)
        {
            _isRunnable = state.Value(_isRunnable);
            _hasYielded = state.Value(_hasYielded);
        }
    }
}
