using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// What a pCPU does now, and where its time went: the activity, the host's piece of work with what is left of it, the depth
/// of idle, the account. It decides nothing: what comes next is its users' business.
/// </summary>
internal sealed class HostExecutor(PcpuSite site) : IStateful
{
    // Configuration
    private readonly PcpuSite _site = site;

    // Volatile state
    private readonly CpuAccount _account = new();
    private CpuActivity _activity;
    private VirtualTime _idleSince;
    private HostWork _work;
    private VirtualTime _workEndsAt;
    private VirtualDuration _workLeft;
    private long _workEpoch;
    private PhiloxSequence _wakeChance = new(
        site.Host.Seed,
        site.Id.Index,
        ChancePurpose.WakeUpLatency
    );

    public CpuActivity Activity => _activity;

    /// <summary>The piece of work that is under way or suspended.</summary>
    public HostWork Work => _work;

    public CpuTime TimeUpTo(VirtualTime end) => _account.UpTo(end);

    /// <summary>Begins a piece of work, which ends with <see cref="WorkDone"/>.</summary>
    public void Begin(VirtualTime now, HostWork work, VirtualDuration length, IEffects effects)
    {
        Replace(work, length);
        Resume(now, effects);
    }

    /// <summary>What was under way, or suspended, is another piece of work from now on.</summary>
    public void Replace(HostWork work, VirtualDuration left)
    {
        _work = work;
        _workLeft = left;
    }

    /// <summary>The rest of the work that was suspended.</summary>
    public void Resume(VirtualTime now, IEffects effects)
    {
        _activity = CpuActivity.HostWork;
        _account.Switch(now, UseOf(_work));
        _workEpoch++;
        if (_work == HostWork.Kthread)
        {
            TellKthread(KthreadResume.Instance, effects);
            return;
        }
        _workEndsAt = now + _workLeft;
        effects.After(_workLeft, WorkDone.Of(_workEpoch));
    }

    /// <summary>The work stops; <see cref="Resume"/> goes on with the rest.</summary>
    public void Suspend(VirtualTime now, IEffects effects)
    {
        _workEpoch++;
        if (_work == HostWork.Kthread)
        {
            TellKthread(KthreadPause.Instance, effects);
            return;
        }
        _workLeft = _workEndsAt - now;
    }

    /// <summary>The work that has ended; none, if it was suspended before.</summary>
    public HostWork Finish(long epoch)
    {
        if (epoch != _workEpoch || _activity != CpuActivity.HostWork)
        {
            return HostWork.None;
        }
        HostWork done = _work;
        _work = HostWork.None;
        return done;
    }

    /// <summary>There is no work any more, and none to come back to.</summary>
    public void DropWork() => _work = HostWork.None;

    /// <summary>The timer kthread has the pCPU, from its next scan on.</summary>
    public void RunKthread(VirtualTime now, ScanTick tick, IEffects effects)
    {
        _work = HostWork.Kthread;
        _workEpoch++;
        _activity = CpuActivity.HostWork;
        _account.Switch(now, CpuUse.Kthread);
        TellKthread(tick, effects);
    }

    public void BeginInterrupt(VirtualTime now)
    {
        _activity = CpuActivity.Interrupt;
        _account.Switch(now, CpuUse.Interrupt);
    }

    public void GoIdle(VirtualTime now)
    {
        _activity = CpuActivity.Idle;
        _idleSince = now;
        _account.Switch(now, CpuUse.Idle);
    }

    /// <summary>Out of idle, which takes the longer the deeper it is; then <see cref="InterruptBegin"/>.</summary>
    public void LeaveIdle(VirtualTime now, IEffects effects)
    {
        _activity = CpuActivity.LeavingIdle;
        effects.After(DrawIdleExit(now), InterruptBegin.Instance);
    }

    private VirtualDuration DrawIdleExit(VirtualTime now)
    {
        VirtualDuration idle = now - _idleSince;
        IdleState depth = _site.Costs.IdleStates[0];
        foreach (IdleState state in _site.Costs.IdleStates)
        {
            if (idle >= state.From)
            {
                depth = state;
            }
        }
        return depth.Wake.Draw(ref _wakeChance);
    }

    /// <param name="entered">When the guest's first instruction begins.</param>
    public void EnterGuest(VirtualTime entered)
    {
        _activity = CpuActivity.Guest;
        _account.Switch(entered, CpuUse.Guest);
    }

    /// <summary>A VM-exit: the time is the host's, whatever it does first with it.</summary>
    public void LeaveGuest(VirtualTime left) => _account.Switch(left, CpuUse.Exit);

    /// <summary>Firmware takes the core from a guest that is in guest mode, and stays there.</summary>
    public void BeginSystemManagement(VirtualTime now, VirtualTime recognised)
    {
        _account.Switch(now, CpuUse.Guest);
        _account.Switch(recognised, CpuUse.Interrupt);
    }

    public void EndSystemManagement(VirtualTime now) => _account.Switch(now, CpuUse.Guest);

    /// <summary>It never does anything again.</summary>
    public void GoOffline(VirtualTime now)
    {
        _activity = CpuActivity.Offline;
        _account.Switch(now, CpuUse.Idle);
        _work = HostWork.None;
        _workEpoch++;
    }

    private void TellKthread(Message message, IEffects effects) =>
        effects.Send(_site.Host.TimerKthread!.Value, VirtualDuration.Smallest, message);

    private static CpuUse UseOf(HostWork work) =>
        work switch
        {
            HostWork.Poll or HostWork.PollExit => CpuUse.Poll,
            HostWork.Kthread or HostWork.KthreadSwitchIn or HostWork.KthreadSwitchOut =>
                CpuUse.Kthread,
            _ => CpuUse.Exit,
        };

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _activity = state.Enumeration(_activity);
        _idleSince = state.Value(_idleSince);
        _work = state.Enumeration(_work);
        _workEndsAt = state.Value(_workEndsAt);
        _workLeft = state.Value(_workLeft);
        _workEpoch = state.Value(_workEpoch);
        _account.Transfer(state);
        _wakeChance.Transfer(state);
    }
}
