using System;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>
/// The threads of one pCPU and who of them has it: run queue, slices, weights, wake-up preemption, switches, and for how
/// long threads waited (steal). The bound kthread goes before all of them.
/// </summary>
internal sealed class ThreadScheduler(Pcpu pcpu) : IStateful
{
    private readonly Pcpu _pcpu = pcpu;

    // Volatile state
    private readonly BandwidthControl _bandwidth = new(pcpu.Hrtimers);
    private EntityMap<VcpuThread> _threads;
    private EntityMap<VirtualDuration> _steal;
    private readonly RunQueue _runQueue = new();
    private VcpuThread? _current;
    private bool _needsReschedule;

    /// <summary>The thread that has the pCPU; null: none.</summary>
    public VcpuThread? Current => _current;

    /// <summary>All that are here, in the order of their vCPUs.</summary>
    public ReadOnlySpan<(EntityId Vcpu, VcpuThread Thread)> Threads => _threads.Entries;

    /// <summary>The pCPU is wanted by a thread that waits in the run queue.</summary>
    public bool ThreadsWait => !_runQueue.IsEmpty;

    /// <summary>It is wanted by another thread than the one that has it.</summary>
    public bool OthersWait => _pcpu.Kthread.IsRunnable || !_runQueue.IsEmpty;

    /// <summary>The thread of a vCPU; null: it is not here.</summary>
    public VcpuThread? Find(EntityId vcpu) =>
        _threads.TryGet(vcpu, out VcpuThread? thread) ? thread : null;

    /// <summary>The thread of a vCPU that is here when the run begins: it is runnable.</summary>
    public void Start(EntityId vcpu, CpuBudget? budget)
    {
        VcpuThread thread = new(
            new KvmVcpu(vcpu) { TunedAdvance = _pcpu.Site.Host.TunedAdvance },
            _pcpu.Timers.Of(vcpu)
        )
        {
            Weight = _pcpu.Site.Host.WeightOf(vcpu),
            HaltPolls = _pcpu.Site.Host.HaltPolls(vcpu),
            Budget = budget,
        };
        AddThread(thread);
        _runQueue.Enqueue(thread);
    }

    /// <summary>A thread comes from another pCPU, and takes its distance from that one's pace along.</summary>
    public VcpuThread Receive(VcpuThreadState state)
    {
        VcpuThread thread = VcpuThread.Thaw(
            state,
            _pcpu.Timers.Of(state.Vcpu),
            _pcpu.Site.Host.WeightOf(state.Vcpu),
            _pcpu.Site.Host.HaltPolls(state.Vcpu)
        );
        thread.VirtualRuntime += _runQueue.LeastRuntime;
        AddThread(thread);
        return thread;
    }

    private void AddThread(VcpuThread thread)
    {
        if (!_threads.TryAdd(thread.Vcpu, thread))
        {
            throw new InvalidOperationException($"vCPU {thread.Vcpu} has a thread here already");
        }
    }

    /// <summary>A thread that is off the pCPU and in no queue leaves.</summary>
    public void Remove(VcpuThread thread)
    {
        thread.VirtualRuntime -= _runQueue.LeastRuntime;
        _threads.Remove(thread.Vcpu);
    }

    /// <summary>TIF_NEED_RESCHED: a slice has ended.</summary>
    public void Reschedule() => _needsReschedule = true;

    /// <summary>The thread that has the pCPU does not go on, if it could.</summary>
    public bool ShouldYield() =>
        _pcpu.Kthread.IsRunnable
        || _current!.IsThrottled
        || (_needsReschedule && !_runQueue.IsEmpty);

    /// <summary>schedule(): to a thread that waits, which is one switch, or to idle.</summary>
    /// <param name="now">When.</param>
    /// <param name="from">Who had the pCPU; picked again, it pays no switch.</param>
    /// <param name="effects">Where what comes of it goes.</param>
    public void SwitchAway(VirtualTime now, VcpuThread from, IEffects effects)
    {
        if (OthersWait)
        {
            PickNext(now, effects, from);
        }
        else
        {
            _pcpu.Executor.Begin(now, HostWork.SwitchOut, _pcpu.Site.Costs.ContextSwitch, effects);
        }
    }

    /// <summary>pick_next_task, and the switch to what was picked; otherwise the pCPU is idle.</summary>
    public void PickNext(VirtualTime now, IEffects effects, VcpuThread? from = null)
    {
        _needsReschedule = false;
        if (_pcpu.Kthread.IsRunnable)
        {
            _pcpu.Kthread.TakeTurn(now, effects);
            return;
        }
        _pcpu.Kthread.MissTurn();
        if (_runQueue.Pick() is not { } thread)
        {
            _pcpu.Executor.GoIdle(now);
            return;
        }
        _current = thread;
        CountSteal(now, thread);
        thread.RunningSince = now;
        _bandwidth.StartBudget(now, thread, effects);
        thread.State = VcpuRunState.Exiting;
        _pcpu.Executor.Begin(
            now,
            HostWork.SwitchIn,
            thread == from ? VirtualDuration.Zero : _pcpu.Site.Costs.ContextSwitch,
            effects
        );
    }

    /// <summary>The current thread gives the pCPU away, and is in no queue.</summary>
    public void StopRunning(VirtualTime now, VcpuThread thread)
    {
        thread.VirtualRuntime = VirtualRuntimeAt(now, thread);
        _pcpu.Hrtimers.Cancel(HrtimerFunction.SchedulerSlice, _pcpu.Site.Id);
        _bandwidth.StopBudget(now, thread);
        _current = null;
    }

    /// <summary>The running thread's slice ends only when another waits for the pCPU.</summary>
    public void LimitSlice(VirtualTime now, IEffects effects)
    {
        bool limits =
            !_runQueue.IsEmpty
            && _current is not null
            && _pcpu.Hrtimers.Find(HrtimerFunction.SchedulerSlice, _pcpu.Site.Id) is null;
        if (!limits)
        {
            return;
        }
        VirtualTime end = VirtualTime.Max(
            _current!.RunningSince + _pcpu.Site.Costs.SchedulerSlice,
            now
        );
        _pcpu.Hrtimers.Start(
            now,
            new Hrtimer(
                HrtimerFunction.SchedulerSlice,
                _pcpu.Site.Id,
                end,
                default,
                VirtualDuration.Zero
            ),
            effects
        );
    }

    /// <summary>The thread that has given the pCPU away goes on waiting for it: for its turn, or for its next period.</summary>
    public void WaitForTurn(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        thread.RunnableSince = now;
        if (!_bandwidth.Throttle(now, thread, effects))
        {
            _runQueue.Enqueue(thread);
        }
    }

    /// <summary>A wake-up: a thread that sleeps becomes runnable, for one that does not it is pending.</summary>
    public void WakeThread(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        if (Find(vcpu) is not { } thread)
        {
            return;
        }
        thread.Kvm.WakePending = true;
        if (thread.State == VcpuRunState.Blocked && !thread.Kvm.IsPaused)
        {
            MakeRunnable(now, thread, effects);
        }
    }

    /// <summary>try_to_wake_up, and the check whether the woken thread preempts the running one.</summary>
    public void MakeRunnable(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        thread.RunnableSince = now;
        if (!_bandwidth.Throttle(now, thread, effects))
        {
            JoinQueue(now, thread, effects);
        }
    }

    private void JoinQueue(VirtualTime now, VcpuThread thread, IEffects effects)
    {
        _runQueue.EnqueueWoken(thread, _pcpu.Site.Costs.SchedulerSlice);
        if (_current is not { } running)
        {
            return;
        }
        if (
            thread.VirtualRuntime + _pcpu.Site.Costs.WakeUpGranularity
            < VirtualRuntimeAt(now, running)
        )
        {
            _needsReschedule = true;
        }
        else
        {
            LimitSlice(now, effects);
        }
    }

    /// <summary>The running thread's quota is used up.</summary>
    public void QuotaSpent(EntityId vcpu) => Find(vcpu)!.IsThrottled = true;

    /// <summary>unthrottle_cfs_rq, unless the new period's quota is spent already.</summary>
    public void EndThrottling(VirtualTime now, EntityId vcpu, IEffects effects)
    {
        VcpuThread thread = Find(vcpu)!;
        if (_bandwidth.Unthrottle(now, thread, effects))
        {
            JoinQueue(now, thread, effects);
        }
    }

    /// <summary>A thread that moves, stops or pauses waits no longer.</summary>
    public void LeaveQueue(VirtualTime now, VcpuThread thread)
    {
        if (thread.State != VcpuRunState.Runnable)
        {
            return;
        }
        CountSteal(now, thread);
        if (!_bandwidth.Leave(now, thread))
        {
            _runQueue.Remove(thread);
        }
    }

    /// <summary>
    /// For how long until then this vCPU's thread was runnable here and did not run (`run_delay`, KVM's steal time).
    /// </summary>
    public VirtualDuration StealUpTo(VirtualTime end, EntityId vcpu) =>
        (_steal.TryGet(vcpu, out VirtualDuration steal) ? steal : VirtualDuration.Zero)
        + WaitingAt(end, vcpu, throttled: false);

    /// <summary>The part of it in which its quota was spent (`throttled_usec` of cpu.stat).</summary>
    public VirtualDuration ThrottledUpTo(VirtualTime end, EntityId vcpu) =>
        _bandwidth.ThrottledOf(vcpu) + WaitingAt(end, vcpu, throttled: true);

    private VirtualDuration WaitingAt(VirtualTime end, EntityId vcpu, bool throttled)
    {
        bool waits =
            _threads.TryGet(vcpu, out VcpuThread? thread)
            && thread.State == VcpuRunState.Runnable
            && (!throttled || _bandwidth.IsThrottled(vcpu));
        return waits ? end - thread!.RunnableSince : VirtualDuration.Zero;
    }

    private void CountSteal(VirtualTime now, VcpuThread thread) =>
        _steal.At(thread.Vcpu) += now - thread.RunnableSince;

    /// <summary>Of the thread that has the pCPU.</summary>
    private static VirtualDuration VirtualRuntimeAt(VirtualTime now, VcpuThread thread) =>
        thread.VirtualRuntime + CpuWeight.Weighted(now - thread.RunningSince, thread.Weight);

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.ByEntity(ref _threads, TransferThread);
        _bandwidth.Transfer(state);
        state.ByEntity(ref _steal, static (s, _, span) => s.Value(span));
        _runQueue.Transfer(state, in _threads);
        _current = state.Value(_current is not null)
            ? VcpuThread.Transfer(state, _current, in _threads)
            : null;
        _needsReschedule = state.Value(_needsReschedule);
    }

    private VcpuThread TransferThread(StateTransfer state, EntityId vcpu, VcpuThread? thread)
    {
        VcpuThread transferred =
            thread
            ?? new VcpuThread(
                new KvmVcpu(vcpu),
                _pcpu.Timers.Find(vcpu) ?? throw state.Damaged($"vCPU {vcpu} is never on this host")
            )
            {
                Weight = _pcpu.Site.Host.WeightOf(vcpu),
                HaltPolls = _pcpu.Site.Host.HaltPolls(vcpu),
            };
        transferred.Transfer(state);
        return transferred;
    }
}
