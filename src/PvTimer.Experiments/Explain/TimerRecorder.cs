using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vcpus;

namespace PvTimer.Experiments.Explain;

/// <summary>
/// Follows each timer of a run from the guest's write to the guest's interrupt entry, and explains it there. It keeps
/// what the timers under way still need, and no more.
/// </summary>
/// <param name="machine">What is run.</param>
/// <param name="costs">What a guest's interrupt entry takes, by host.</param>
/// <param name="explained">Is told of each timer that fires.</param>
internal sealed class TimerRecorder(
    EmulatedMachine machine,
    IReadOnlyList<VirtualDuration> costs,
    Action<FiredTimer> explained
) : IMachineObserver
{
    /// <summary>A timer that was replaced may still fire so long after its deadline and be explained.</summary>
    private static readonly VirtualDuration Kept = VirtualDuration.FromMilliseconds(20);

    /// <summary>Of a timer that is later than this only the last part is explained.</summary>
    private static readonly VirtualDuration Longest = VirtualDuration.FromSeconds(10);

    private readonly CpuTrack?[] _cpus =
    [
        .. machine.Entities.Select(entity => entity is Pcpu ? new CpuTrack(entity.Id) : null),
    ];
    private readonly VcpuTrack?[] _vcpus =
    [
        .. machine.Entities.Select(entity => entity is Vcpu ? new VcpuTrack(entity.Id) : null),
    ];
    private readonly EntityId?[] _kthreadCpus =
    [
        .. machine.Entities.Select(entity =>
            entity is TimerKthread
                ? machine
                    .Entities.First(other =>
                        other is Pcpu && machine.UnitOf(other.Id) == machine.UnitOf(entity.Id)
                    )
                    .Id
                : (EntityId?)null
        ),
    ];
    private readonly int[] _pagesLookedAt = new int[machine.Entities.Length];
    private VirtualTime _now;
    private EntityId _entity;
    private TrackedTimer? _programmed;

    public void StepBegins(VirtualTime now, EntityId entity, Message message)
    {
        _now = now;
        _entity = entity;
        _programmed = null;
        _cpus[entity.Index]?.Begins(message);
        switch (message)
        {
            case VmEntry entry when _vcpus[entity.Index] is { } vcpu:
                vcpu.Enters(now, entry.Pcpu);
                Request(vcpu);
                if (
                    vcpu.Current is
                    { Holder: Holder.Writer, How: not (null or TimerProgramming.Page) } timer
                )
                {
                    timer.Enter(new TimerStage(now, Holder.Hardware));
                }
                break;
            case Notification:
                Request(_vcpus[entity.Index]!);
                break;
            case SharedPageUpdate { Field: PageField.ExpireTsc } update
                when machine.Entities[entity.Index] is TimerKthread:
                Advance(update.Vcpu, Holder.Page, _kthreadCpus[entity.Index], Holder.Writer);
                break;
            case Ipi ipi:
                Advance(ipi.Vcpu, Holder.DoorbellArrived, entity, Holder.DoorbellSent);
                break;
            case PauseThread pause when _vcpus[pause.Vcpu.Index] is { } paused:
                paused.IsPaused.Add(now, true);
                break;
            case ResumeThread resume when _vcpus[resume.Vcpu.Index] is { } resumed:
                resumed.IsPaused.Add(now, false);
                break;
            case ScanTick:
                _pagesLookedAt[entity.Index] = 0;
                break;
            default:
                break;
        }
    }

    public void Sent(EntityId target, VirtualDuration latency, Message message)
    {
        _cpus[_entity.Index]?.Sends(_now, target, latency, message);
        switch (message)
        {
            case VmExit exit when exit.Vcpu == _entity:
                OnExit(exit);
                break;
            case SharedPageUpdate { Field: PageField.ExpireTsc } when _programmed is { } timer:
                timer.How = TimerProgramming.Page;
                break;
            case SharedPageUpdate { Field: PageField.NextSyncTsc }:
                _pagesLookedAt[_entity.Index]++;
                break;
            case Ipi ipi:
                Advance(ipi.Vcpu, Holder.DoorbellSent, target, Holder.Ringing);
                break;
            case SyncResult { Found.IsDeadline: true } result:
                Find(result, target);
                break;
            case PostedInterrupt { Deadline: { } deadline }:
                _vcpus[target.Index]!
                    .Find(deadline)
                    ?.Enter(new TimerStage(_now, Holder.Posted, _entity));
                break;
            case ProgramTimer when _programmed is { } timer:
                timer.How = TimerProgramming.NoExit;
                break;
            case MigrateVcpu migrate:
                Stand(migrate.Thread.Vcpu, Standing.Moving);
                break;
            case ThreadStopped:
                Stand(target, Standing.Away);
                break;
            default:
                break;
        }
    }

    public void StepEnds(PcpuStance? pcpu)
    {
        if (_programmed is { How: null } timer)
        {
            timer.How = TimerProgramming.NoExit;
            timer.Enter(new TimerStage(_now, Holder.Hardware));
        }
        if (pcpu is null)
        {
            if (_vcpus[_entity.Index] is { Places.IsFull: true } full)
            {
                full.Forget(Needed());
            }
            return;
        }
        CpuTrack cpu = _cpus[_entity.Index]!;
        cpu.Ends(_now, pcpu);
        foreach ((EntityId vcpu, VcpuRunState state) in pcpu.Threads)
        {
            _vcpus[vcpu.Index]!.StandsAt(_now, _entity, state);
        }
        if (cpu.IsFull)
        {
            cpu.Forget(Needed());
        }
    }

    public void Programmed(
        EntityId vcpu,
        long number,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime effective
    )
    {
        VcpuTrack track = _vcpus[vcpu.Index]!;
        TrackedTimer timer = new(number, deadline, due, _now);
        timer.Enter(new TimerStage(_now, Holder.Writer));
        if (track.Periodic is { } periodic)
        {
            // The hrtimer of periodic mode was started again when it expired.
            timer.How = TimerProgramming.NoExit;
            timer.Enter(periodic);
        }
        track.Program(timer);
        _programmed = timer;
    }

    public void Accepted(EntityId vcpu, TscTicks deadline)
    {
        // Found at an entry or by the processor in guest mode, it is in IRR at once; posted, it is in PIR.
        VcpuTrack track = _vcpus[vcpu.Index]!;
        TrackedTimer? timer = track.Find(deadline);
        timer?.Enter(
            new TimerStage(
                _now,
                timer.Holder == Holder.Posted ? Holder.Descriptor : Holder.Requested
            )
        );
    }

    public void Fired(
        EntityId vcpu,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime entry,
        bool counts
    )
    {
        VcpuTrack track = _vcpus[vcpu.Index]!;
        TrackedTimer timer = track.Take(deadline) ?? Unknown(deadline, due);
        if (!counts)
        {
            return;
        }
        explained(
            new FiredTimer(
                machine,
                track,
                timer,
                due,
                entry,
                costs[machine.HostOf(vcpu)],
                pcpu => _cpus[pcpu.Index]!
            )
        );
    }

    public void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer)
    {
        CpuTrack cpu = _cpus[pcpu.Index]!;
        switch (timer.Function)
        {
            case HrtimerFunction.ApicTimer:
                ApicTimerChanged(cpu, change, timer);
                break;
            case HrtimerFunction.PvSyncTimer when change == HrtimerChange.Started:
                cpu.Pacing.Add(_now, timer.Expires);
                break;
            case HrtimerFunction.PvSyncTimer when change == HrtimerChange.Expired:
                cpu.ScanIsDue.Add(_now, true);
                break;
            case HrtimerFunction.QuotaPeriod:
                _vcpus[timer.Owner.Index]!.IsThrottled = change == HrtimerChange.Started;
                break;
            default:
                break;
        }
    }

    private void ApicTimerChanged(CpuTrack cpu, HrtimerChange change, Hrtimer hrtimer)
    {
        VcpuTrack vcpu = _vcpus[hrtimer.Owner.Index]!;
        bool isPeriodic = hrtimer.Period > VirtualDuration.Zero;
        TrackedTimer? timer = isPeriodic ? vcpu.Current : vcpu.Find(hrtimer.Deadline);
        switch (change)
        {
            case HrtimerChange.Started:
                TimerStage queued = new(_now, Holder.Hrtimer, cpu.Id, hrtimer.Expires);
                vcpu.Periodic = isPeriodic ? queued : null;
                if (timer is not null && !(isPeriodic && timer.Holder >= Holder.Callback))
                {
                    timer.Enter(queued);
                }
                break;
            case HrtimerChange.Expired:
                vcpu.Periodic = null;
                timer?.Enter(new TimerStage(_now, Holder.Callback, cpu.Id));
                cpu.Callbacks.Add(_now, hrtimer.Owner);
                break;
            default:
                vcpu.Periodic = null;
                if (timer is { Holder: Holder.Hrtimer })
                {
                    timer.Enter(new TimerStage(_now, Holder.Hardware));
                }
                break;
        }
    }

    private void OnExit(VmExit exit)
    {
        VcpuTrack vcpu = _vcpus[exit.Vcpu.Index]!;
        vcpu.Leaves(_now, exit.Reason);
        if (_programmed is { How: null } programmed)
        {
            programmed.How = machine.Entities[exit.Vcpu.Index] is Vcpu { HasFastExits: true }
                ? TimerProgramming.FastExit
                : TimerProgramming.Exit;
        }
        if (
            exit.Timer.Kind != Model.Apic.TimerRequestKind.Doorbell
            || vcpu.Current is not { } timer
        )
        {
            return;
        }
        timer.How = TimerProgramming.PageAndDoorbell;
        if (timer.Holder is Holder.Writer or Holder.Page)
        {
            timer.Enter(new TimerStage(_now, Holder.Ringing));
        }
    }

    private void Find(SyncResult result, EntityId timerCpu)
    {
        int before = result.InInterrupt ? 0 : int.Max(0, _pagesLookedAt[_entity.Index] - 1);
        TimerStage found = new(_now, Holder.Found, timerCpu) { Others = before };
        _vcpus[result.Vcpu.Index]!.Find(result.Found.Deadline)?.Enter(found);
    }

    /// <summary>On to another holder, if it is still with this one.</summary>
    private void Advance(EntityId vcpu, Holder to, EntityId? pcpu, Holder from)
    {
        if (_vcpus[vcpu.Index]?.Current is { } timer && timer.Holder == from)
        {
            timer.Enter(new TimerStage(_now, to, pcpu));
        }
    }

    private void Request(VcpuTrack vcpu)
    {
        foreach (TrackedTimer timer in vcpu.Accepted)
        {
            if (timer.Holder == Holder.Descriptor)
            {
                timer.Enter(new TimerStage(_now, Holder.Requested));
            }
        }
    }

    private void Stand(EntityId vcpu, Standing standing)
    {
        VcpuTrack track = _vcpus[vcpu.Index]!;
        track.Stands(_now, track.Places.Last with { Is = standing });
    }

    /// <summary>It came with its vCPU from another host.</summary>
    private static TrackedTimer Unknown(TscTicks deadline, VirtualTime due)
    {
        TrackedTimer timer = new(0, deadline, due, VirtualTime.Zero)
        {
            How = TimerProgramming.Host,
        };
        timer.Enter(new TimerStage(VirtualTime.Zero, Holder.Elsewhere));
        return timer;
    }

    private VirtualTime Before(VirtualDuration span) =>
        _now - VirtualTime.Zero > span ? _now - span : VirtualTime.Zero;

    private VirtualTime Needed()
    {
        VirtualTime needed = Before(Kept);
        foreach (VcpuTrack? vcpu in _vcpus)
        {
            needed = vcpu is null ? needed : VirtualTime.Min(needed, vcpu.Needs);
        }
        return VirtualTime.Max(needed, Before(Longest));
    }
}
