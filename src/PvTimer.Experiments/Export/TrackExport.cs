using System;
using System.Collections.Generic;
using PvTimer.Experiments.Explain;
using PvTimer.Formats.Writers.Tracks;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Recording;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vcpus;

namespace PvTimer.Experiments.Export;

/// <summary>
/// A run as tracks: what each pCPU, vCPU and timer kthread does, and for each timer a flow from the guest's write over scan,
/// arming and posting to the guest's interrupt entry.
/// </summary>
internal sealed class TrackExport : RunExport
{
    private readonly EmulatedMachine _machine;
    private readonly ITrackWriter _writer;
    private readonly CpuTrack?[] _cpus;
    private readonly VcpuTrack?[] _vcpus;
    private readonly string?[] _open;
    private readonly TimerNumbers _numbers = new();

    public TrackExport(EmulatedMachine machine, ITrackWriter writer)
    {
        _machine = machine;
        _writer = writer;
        _cpus = new CpuTrack?[machine.Entities.Length];
        _vcpus = new VcpuTrack?[machine.Entities.Length];
        _open = new string?[machine.Entities.Length];
        Dictionary<string, int> groups = new(StringComparer.Ordinal);
        foreach (IEntity entity in machine.Entities)
        {
            string group = entity.Name.Split('/')[0];
            if (!groups.TryGetValue(group, out int number))
            {
                groups.Add(group, number = machine.Entities.Length + 1 + groups.Count);
                writer.Add(number, 0, group);
            }
            if (entity is Pcpu)
            {
                _cpus[entity.Id.Index] = new CpuTrack(entity.Id);
            }
            else if (entity is Vcpu)
            {
                _vcpus[entity.Id.Index] = new VcpuTrack(entity.Id);
            }
            writer.Add(TrackOf(entity.Id), number, entity.Name);
        }
    }

    /// <inheritdoc/>
    public override void Finish(VirtualTime reached, MachineReport report)
    {
        for (int index = 0; index < _open.Length; index++)
        {
            Show(new EntityId(index), reached, null);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _writer.Dispose();

    /// <inheritdoc/>
    protected override void Begins(Message message)
    {
        _cpus[Entity.Index]?.Begins(message);
        switch (message)
        {
            case VmEntry entry when _vcpus[Entity.Index] is { } vcpu:
                vcpu.Enters(Now, entry.Pcpu);
                Show(vcpu);
                break;
            case ScanTick or KthreadResume when _machine.Entities[Entity.Index] is TimerKthread:
                Show(Entity, Now, "scan");
                break;
            case KthreadPause:
                Show(Entity, Now, "interrupted");
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void Sent(EntityId target, VirtualDuration latency, Message message)
    {
        _cpus[Entity.Index]?.Sends(Now, target, latency, message);
        switch (message)
        {
            case VmExit exit when exit.Vcpu == Entity:
                VcpuTrack vcpu = _vcpus[Entity.Index]!;
                vcpu.Leaves(Now, exit.Reason);
                Show(vcpu);
                break;
            case KthreadSleep:
                Show(Entity, Now, null);
                break;
            case SyncResult { Found.IsDeadline: true } result:
                Point(Entity, "scan hit", result.Vcpu, result.Found.Deadline, FlowStep.Between);
                break;
            case PostedInterrupt { Deadline: { } deadline }:
                Point(Entity, "post", target, deadline, FlowStep.Between);
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

    /// <inheritdoc/>
    public override void StepEnds(PcpuStance? pcpu)
    {
        if (pcpu is null)
        {
            return;
        }
        CpuTrack cpu = _cpus[Entity.Index]!;
        cpu.Ends(Now, pcpu);
        CpuDoing doing = cpu.Doing.At(Now);
        Show(Entity, Now, doing == CpuDoing.Idle ? null : NameOf(doing, pcpu.Current));
        foreach ((EntityId id, VcpuRunState state) in pcpu.Threads)
        {
            VcpuTrack vcpu = _vcpus[id.Index]!;
            vcpu.StandsAt(Now, Entity, state);
            Show(vcpu);
        }
        if (cpu.IsFull)
        {
            cpu.Forget(Now);
        }
    }

    /// <inheritdoc/>
    public override void Programmed(
        EntityId vcpu,
        long number,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime effective
    )
    {
        _numbers.Add(vcpu, deadline, number);
        Point(vcpu, "write", vcpu, deadline, FlowStep.First);
    }

    /// <inheritdoc/>
    public override void Fired(
        EntityId vcpu,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime entry,
        bool counts
    ) => Point(vcpu, "delivery", vcpu, deadline, FlowStep.Last);

    /// <inheritdoc/>
    public override void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer)
    {
        if (timer.Function == HrtimerFunction.ApicTimer && change != HrtimerChange.Cancelled)
        {
            string name = change == HrtimerChange.Started ? "arm" : "expire";
            Point(pcpu, name, timer.Owner, timer.Deadline, FlowStep.Between);
        }
    }

    private static int TrackOf(EntityId entity) => entity.Index + 1;

    private void Point(EntityId at, string name, EntityId vcpu, TscTicks deadline, FlowStep step)
    {
        if (_numbers.Find(vcpu, deadline) is { } number)
        {
            ulong flow = ((ulong)vcpu.Index << 40) + (ulong)number;
            _writer.Instant(TrackOf(at), Now, $"{name} #{number}", flow, step);
        }
    }

    private void Stand(EntityId vcpu, Standing standing)
    {
        VcpuTrack track = _vcpus[vcpu.Index]!;
        track.Stands(Now, track.Places.Last with { Is = standing });
        Show(track);
    }

    private void Show(VcpuTrack vcpu)
    {
        VcpuPlace place = vcpu.Places.Last;
        string? name = place.Is switch
        {
            Standing.InGuest => "guest",
            Standing.Exiting => $"exit {place.Exit}",
            Standing.Blocked or Standing.Away => null,
            _ => $"{place.Is}",
        };
        Show(vcpu.Id, Now, name);
        if (vcpu.Places.IsFull)
        {
            vcpu.Forget(Now);
        }
    }

    /// <summary>From now on its track shows this; null: nothing.</summary>
    private void Show(EntityId entity, VirtualTime at, string? name)
    {
        ref string? open = ref _open[entity.Index];
        if (open == name)
        {
            return;
        }
        if (open is not null)
        {
            _writer.End(TrackOf(entity), at);
        }
        if (name is not null)
        {
            _writer.Begin(TrackOf(entity), at, name);
        }
        open = name;
    }

    private string NameOf(CpuDoing doing, EntityId? current) =>
        doing is CpuDoing.Guest or CpuDoing.HostWork && current is { } vcpu
            ? $"{(doing == CpuDoing.Guest ? "guest" : "KVM")} {_machine.Entities[vcpu.Index].Name}"
            : doing switch
            {
                CpuDoing.LeavingIdle => "leaves idle",
                CpuDoing.Kthread => "timer kthread",
                CpuDoing.Interrupt or CpuDoing.InterruptOverKthread => "interrupt",
                CpuDoing.Stalled => "stalled (SMI)",
                CpuDoing.Noise => "host's own work",
                CpuDoing.HostWork => "context switch",
                _ => $"{doing}",
            };
}
