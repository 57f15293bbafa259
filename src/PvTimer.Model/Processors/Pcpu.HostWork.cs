using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <content>What the host does between guest mode and idle: one piece of work that interrupts suspend.</content>
public sealed partial class Pcpu
{
    private enum HostWork
    {
        None,

        /// <summary>KVM handles <see cref="_exit"/>.</summary>
        ExitHandler,

        /// <summary>The handler has posted interrupts; what each takes it learns from the descriptors' lines.</summary>
        Posting,

        /// <summary>The handler notifies and wakes those that it posted to.</summary>
        Notifying,

        /// <summary>Halt polling, until its window ends.</summary>
        Poll,

        /// <summary>Leaving the polling loop.</summary>
        PollExit,

        /// <summary>Switching to <see cref="_current"/>.</summary>
        SwitchIn,

        /// <summary>Switching away from a thread, to idle.</summary>
        SwitchOut,

        /// <summary>Switching to the timer kthread.</summary>
        KthreadSwitchIn,

        /// <summary>The timer kthread runs, until it says that it sleeps.</summary>
        Kthread,

        /// <summary>Switching away from the timer kthread, which sleeps, to idle.</summary>
        KthreadSwitchOut,

        /// <summary>On the way back into guest mode, with interrupts still on.</summary>
        Entering,

        /// <summary>About to poll or to block, with interrupts still on.</summary>
        Halting,
    }

    private HostWork _work;
    private VirtualTime _workEndsAt;
    private VirtualDuration _workLeft;
    private long _workEpoch;

    private static CpuUse UseOf(HostWork work) =>
        work switch
        {
            HostWork.Poll or HostWork.PollExit => CpuUse.Poll,
            HostWork.Kthread or HostWork.KthreadSwitchIn or HostWork.KthreadSwitchOut =>
                CpuUse.Kthread,
            _ => CpuUse.Exit,
        };

    private void BeginWork(VirtualTime now, HostWork work, VirtualDuration length, IEffects effects)
    {
        _work = work;
        _workLeft = length;
        ResumeWork(now, effects);
    }

    private void ResumeWork(VirtualTime now, IEffects effects)
    {
        if (_work == HostWork.Poll && PollingIsOver())
        {
            EndPolling(now, VirtualDuration.Zero);
        }
        _activity = Activity.HostWork;
        _account.Switch(now, UseOf(_work));
        _workEpoch++;
        if (_work == HostWork.Kthread)
        {
            effects.Send(
                _host.TimerKthread!.Value,
                VirtualDuration.Smallest,
                KthreadResume.Instance
            );
            return;
        }
        _workEndsAt = now + _workLeft;
        effects.After(_workLeft, new WorkDone(_workEpoch));
    }

    private void SuspendWork(VirtualTime now, IEffects effects)
    {
        _workEpoch++;
        if (_work == HostWork.Kthread)
        {
            effects.Send(
                _host.TimerKthread!.Value,
                VirtualDuration.Smallest,
                KthreadPause.Instance
            );
            return;
        }
        _workLeft = _workEndsAt - now;
    }

    private void OnWorkDone(VirtualTime now, long epoch, IEffects effects)
    {
        if (epoch != _workEpoch || _activity != Activity.HostWork)
        {
            return;
        }
        HostWork done = _work;
        _work = HostWork.None;
        switch (done)
        {
            case HostWork.ExitHandler:
                HandlerDone(now, effects);
                break;
            case HostWork.Posting:
                NotifyTargets(now, effects);
                break;
            case HostWork.Notifying:
                EnterOrYield(now, effects);
                break;
            case HostWork.Poll:
                Block(now, effects);
                break;
            case HostWork.PollExit:
                LeavePolling(now, effects);
                break;
            case HostWork.SwitchIn:
                AdaptPolling(now, _current!);
                EnterOrYield(now, effects);
                break;
            case HostWork.Entering:
                EnterOrYield(now, effects);
                break;
            case HostWork.Halting:
                PollOrBlock(now, effects);
                break;
            case HostWork.KthreadSwitchIn:
                RunKthread(now, effects);
                break;
            default:
                PickNext(now, effects);
                break;
        }
    }
}
