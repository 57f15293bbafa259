using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Reports;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>
/// One physical CPU with the part of the Linux host that runs on it: run queue, hrtimers, interrupts, KVM's
/// exit handlers, and the accounting of its time.
/// </summary>
/// <remarks>
/// It does one thing at a time: a guest is in guest mode, or the host works (an exit's handler, polling, a
/// context switch, the kthread), or nothing runs. An interrupt suspends host work and is handled at once; a
/// guest in guest mode has to exit first, and idle has to be left first. The vCPU entity alone knows what
/// happens inside the guest: the two talk through <see cref="VmEntry"/>, <see cref="HostInterrupt"/> and
/// <see cref="VmExit"/>, each of which takes time.
/// <code>
///            VmEntry                     VmExit
///   host work ------> guest mode  ---------------> [interrupts] -> handler -> VmEntry
///       ^                 ^  HostInterrupt forces it                  |
///       | interrupt done  |                                           +--> HLT: poll -> block -> idle
/// </code>
/// </remarks>
public sealed partial class Pcpu : IEntity, IStateful
{
    private enum Activity
    {
        Idle,

        /// <summary>An interrupt came; the core is on its way out of idle.</summary>
        LeavingIdle,
        Guest,
        HostWork,

        /// <summary>Handling interrupts; what they interrupted is suspended.</summary>
        Interrupt,

        /// <summary>Unplugged: it never does anything again.</summary>
        Offline,
    }

    // Configuration
    private readonly HostTopology _host;
    private readonly CostProfile _costs;
    private readonly ImmutableArray<(EntityId Vcpu, CpuBudget? Budget)> _initialThreads;

    // Volatile state
    private readonly HrtimerQueue _hrtimers = new();
    private readonly RunQueue _runQueue = new();
    private readonly Dictionary<EntityId, VcpuThread> _threads = [];
    private readonly Dictionary<EntityId, EntityId> _movedTo = [];
    private readonly CpuAccount _account = new();
    private PhiloxSequence _wakeChance;
    private PhiloxSequence _interruptChance;
    private readonly RunningDelays? _runningDelays;
    private readonly NoiseSource? _noise;
    private Activity _activity;
    private VcpuThread? _current;
    private VirtualTime _idleSince;
    private VirtualTime _lapicProgrammedFor = VirtualTime.MaxValue;

    // Counters
    private long _timerMigrations;
    private long _timerExpiryExits;
    private long _ipis;
    private long _postedInterrupts;

    internal Pcpu(
        EntityId id,
        string name,
        HostTopology host,
        ImmutableArray<(EntityId Vcpu, CpuBudget? Budget)> threads
    )
    {
        Id = id;
        Name = name;
        _host = host;
        _costs = host.Costs;
        _initialThreads = threads;
        _timers =
        [
            .. host
                .Backends.Values.Distinct()
                .Select(backend => (backend, backend.CreateHostTimer(this))),
        ];
        _timerCpu = host.TimerPcpu == id ? new TimerCpu(this) : null;
        _wakeChance = new PhiloxSequence(host.Seed, id.Index, ChancePurpose.WakeUpLatency);
        _interruptChance = new PhiloxSequence(host.Seed, id.Index, ChancePurpose.InterruptLatency);
        _runningDelays = _costs.RunningStates.IsEmpty
            ? null
            : new RunningDelays(_costs.RunningStates, host.Seed, id);
        _noise = _costs.Noise is { } noise ? new NoiseSource(noise, host.Seed, id) : null;
    }

    public EntityId Id { get; }

    public string Name { get; }

    /// <summary>IPIs that the host sent from here: doorbells and guests' IPIs.</summary>
    public long Ipis => _ipis;

    /// <summary>Timer interrupts that were posted from here.</summary>
    public long PostedInterrupts => _postedInterrupts;

    /// <summary>Armed timers that came here with their vCPU.</summary>
    public long TimerMigrations => _timerMigrations;

    /// <summary>EXTERNAL_INTERRUPT exits here in whose interrupt a guest's timer expired.</summary>
    public long TimerExpiryExits => _timerExpiryExits;

    /// <summary>What it is doing, as the name of its activity.</summary>
    internal string Doing => $"{_activity}";

    /// <summary>The vCPU whose thread has it; null: none.</summary>
    internal EntityId? CurrentVcpu => _current?.Vcpu;

    internal HrtimerQueue Hrtimers => _hrtimers;

    /// <summary>The vCPUs whose threads are here, in the order of their entities.</summary>
    internal IEnumerable<(EntityId Vcpu, VcpuRunState State)> Threads =>
        _threads
            .Values.OrderBy(thread => thread.Vcpu.Index)
            .Select(thread => (thread.Vcpu, thread.State));

    /// <summary>Timers that the processor has for them in guest mode.</summary>
    internal IEnumerable<Hrtimer> TimersInHardware =>
        _threads.Values.Select(thread => thread.InHardware).OfType<Hrtimer>();

    /// <summary>How many of them stand where.</summary>
    internal ThreadCounts CountThreads()
    {
        int[] counts = new int[5];
        foreach (VcpuThread thread in _threads.Values)
        {
            counts[(int)thread.State]++;
        }
        return new ThreadCounts(counts[0], counts[1], counts[2], counts[3], counts[4]);
    }

    /// <summary>The lapic_timer_advance_ns of a vCPU whose thread is here, as KVM has tuned it; null: it does not.</summary>
    internal VirtualDuration? TunedAdvanceOf(EntityId vcpu) =>
        _threads.GetValueOrDefault(vcpu)?.TunedAdvance;

    public CpuTime TimeUpTo(VirtualTime end) => _account.UpTo(end);

    /// <summary>
    /// A timer of this vCPU is armed here, or has expired and will be injected: its thread runs, is about to,
    /// or does not want to be woken by it.
    /// </summary>
    public bool KnowsTimerOf(EntityId vcpu) =>
        _hrtimers.Find(HrtimerFunction.ApicTimer, vcpu) is not null
        || (
            _threads.TryGetValue(vcpu, out VcpuThread? thread)
            && (
                thread.InHardware is not null
                || (thread.Expired is not null && !(thread.CanTimerWake && HasBlocked(vcpu)))
            )
        );

    /// <summary>This vCPU's thread sleeps here, and nobody is about to wake it.</summary>
    public bool HasBlocked(EntityId vcpu) =>
        _threads.TryGetValue(vcpu, out VcpuThread? thread)
        && thread.State == VcpuRunState.Blocked
        && !thread.WakePending
        && !thread.IsPaused
        && _handling != new PendingInterrupt(InterruptKind.WakeUp, vcpu)
        && !_pendingInterrupts.Contains(new PendingInterrupt(InterruptKind.WakeUp, vcpu));

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        if (_activity == Activity.Offline)
        {
            StepOffline(message, effects);
            return;
        }
        switch (message)
        {
            case VmExit exit:
                OnVmExit(now, exit, effects);
                break;
            case WorkDone done:
                OnWorkDone(now, done.Epoch, effects);
                break;
            case HrtimerExpiry expiry:
                OnHrtimerExpiry(now, expiry, effects);
                break;
            case InterruptBegin:
                BeginInterrupt(now, effects);
                break;
            case InterruptDone done:
                OnInterruptDone(now, done.Epoch, effects);
                break;
            case Wake wake:
                OnWake(now, wake, effects);
                break;
            case Posted posted:
                OnPosted(posted, effects);
                break;
            case RescheduleIpi ipi:
                OnRescheduleIpi(now, ipi.Vcpu, effects);
                break;
            case KickVcpu kick:
                OnKickVcpu(now, kick, effects);
                break;
            case Ipi ipi:
                TakeInterrupt(now, new PendingInterrupt(InterruptKind.Doorbell, ipi.Vcpu), effects);
                break;
            case SyncResult result:
                OnSyncResult(now, result, effects);
                break;
            case KthreadSleep:
                OnKthreadSleep(now, effects);
                break;
            case MoveThread move:
                OnMoveThread(now, move, effects);
                break;
            case MigrateVcpu migrate:
                OnMigrateVcpu(now, migrate.Thread, effects);
                break;
            case StopThread stop:
                OnStopThread(now, stop, effects);
                break;
            default:
                if (!StepTimer(now, message, effects))
                {
                    StepFromOutside(now, message, effects);
                }
                break;
        }
    }

    /// <summary>The run's begin, and what is done to the host.</summary>
    private void StepFromOutside(VirtualTime now, Message message, IEffects effects)
    {
        switch (message)
        {
            case Stall stall:
                OnStall(now, stall.Length, effects);
                break;
            case HostInterruption noise:
                BeTaken(now, noise.Length, effects);
                _noise!.SendNext(effects);
                break;
            case PauseThread pause:
                OnPauseThread(now, pause, effects);
                break;
            case ResumeThread resume:
                OnResumeThread(now, resume.Vcpu, effects);
                break;
            case GoOffline:
                OnGoOffline(now, effects);
                break;
            case Start:
                OnStart(now, effects);
                break;
            default:
                throw new InvalidOperationException($"a pCPU does not know {message}");
        }
    }

    private void OnStart(VirtualTime now, IEffects effects)
    {
        foreach ((EntityId vcpu, CpuBudget? budget) in _initialThreads)
        {
            VcpuThread thread = new(vcpu, TimerOf(vcpu))
            {
                Budget = budget,
                TunedAdvance = _host.TunedAdvance,
            };
            _threads.Add(vcpu, thread);
            _runQueue.Enqueue(thread);
        }
        if (_timerCpu is not null)
        {
            StartPacing(now, effects);
        }
        _noise?.SendNext(effects);
        PickNext(now, effects);
    }

    /// <summary>Arms an hrtimer here, and the core's own LAPIC timer if it is the earliest.</summary>
    private void StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects)
    {
        _hrtimers.Start(timer);
        if (_callbacks == Callbacks.None)
        {
            ProgramLapic(now, effects);
        }
    }

    private void ProgramLapic(VirtualTime now, IEffects effects)
    {
        VirtualTime next = _hrtimers.NextExpiry;
        if (next < _lapicProgrammedFor)
        {
            _lapicProgrammedFor = next;
            VirtualDuration delay = VirtualDuration.Max(next - now, VirtualDuration.Zero);
            effects.After(delay, new HrtimerExpiry(next));
        }
    }

    private void OnHrtimerExpiry(VirtualTime now, HrtimerExpiry expiry, IEffects effects)
    {
        if (expiry.ProgrammedFor != _lapicProgrammedFor)
        {
            // An earlier timer was armed meanwhile: this setting of the LAPIC was overwritten.
            return;
        }
        _lapicProgrammedFor = VirtualTime.MaxValue;
        if (_hrtimers.NextExpiry > now)
        {
            ProgramLapic(now, effects);
            return;
        }
        PendingInterrupt interrupt = new(InterruptKind.Hrtimer, Id);
        if (!_pendingInterrupts.Contains(interrupt))
        {
            // One that is pending stays one: a vector has one bit in the core's IRR.
            TakeInterrupt(now, interrupt, effects);
        }
    }
}
