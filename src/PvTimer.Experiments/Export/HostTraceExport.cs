using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PvTimer.Formats.Writers;
using PvTimer.Model.Apic;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Processors;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Export;

/// <summary>
/// A host as its kernel would have recorded it with kvm:* and timer:hrtimer_*, by its TSC, and pvtimer's own events, which
/// no kernel has: pvtimer_write, pvtimer_doorbell, pvtimer_sync, pvtimer_post. Payloads are those of
/// arch/x86/kvm/trace.h and include/trace/events/timer.h.
/// </summary>
/// <remarks>
/// kvm_exit stands where its handler may begin, kvm_entry where guest mode begins. Instruction pointers are 0.
/// </remarks>
internal sealed class HostTraceExport : RunExport
{
    private const byte TimerVector = 236;
    private const int FirstVcpu = 4_000;
    private const int Worker = 3_000;
    private const string KthreadName = "pv_timer_worker";

    private readonly EmulatedMachine _machine;
    private readonly FtraceWriter _writer;
    private readonly TscClock _tsc;
    private readonly EntityId _firstPcpu;
    private readonly Vcpu?[] _vcpus;

    private sealed class Vcpu(int index, int process, ExitNames names)
    {
        public ExitNames Names { get; } = names;

        public int Index { get; } = index;

        public int Process { get; } = process;

        public EntityId Pcpu { get; set; }

        public VirtualTime? HaltedAt { get; set; }

        public string Task { get; } = FormattableString.Invariant($"CPU {index}/KVM");
    }

    /// <param name="machine">What is run; one host.</param>
    /// <param name="description">What it was built from.</param>
    /// <param name="stream">Where to; seekable.</param>
    public HostTraceExport(EmulatedMachine machine, MachineDescription description, Stream stream)
    {
        _machine = machine;
        HostDescription host = description.Hosts[0];
        _tsc = new TscClock(TscTicks.Zero, host.Tsc);
        _writer = new FtraceWriter(stream, host.Cpus);
        _firstPcpu = machine.Entities.First(entity => entity is Pcpu).Id;
        _vcpus = new Vcpu?[machine.Entities.Length];
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        Dictionary<EntityId, ExitNames> names = KvmStatExport.NamesOf(machine, description);
        foreach (IEntity entity in machine.Entities.Where(each => each is Model.Vcpus.Vcpu))
        {
            string vm = entity.Name.Split('/')[0];
            int index = seen.GetValueOrDefault(vm);
            seen[vm] = index + 1;
            Vcpu vcpu = new(index, FirstVcpu + entity.Id.Index, names[entity.Id])
            {
                Pcpu = _firstPcpu,
            };
            _vcpus[entity.Id.Index] = vcpu;
            VmDescription of = description.Vms.First(each => each.Name == vm);
            if (of.GuestTsc == host.Tsc)
            {
                Write(
                    vcpu,
                    "kvm_write_tsc_offset",
                    $"vcpu={index} prev=0 next={of.TscAtStart.Value}"
                );
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _writer.Dispose();

    /// <inheritdoc/>
    protected override void Begins(Message message)
    {
        switch (message)
        {
            case VmExit exit:
                OnExit(_vcpus[exit.Vcpu.Index]!, exit);
                break;
            case VmEntry entry:
                OnEntry(_vcpus[Entity.Index]!, entry);
                break;
            case Ipi ipi:
                OnCpu(Entity, "pvtimer_doorbell", $"{NameOf(ipi.Vcpu)}");
                break;
            case PostedInterrupt { Deadline: not null }:
                Accept(_vcpus[Entity.Index]!);
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void Sent(EntityId target, VirtualDuration latency, Message message)
    {
        switch (message)
        {
            case SharedPageUpdate { Field: PageField.ExpireTsc } update
                when _vcpus[Entity.Index] is { } vcpu:
                Write(
                    vcpu,
                    "pvtimer_write",
                    $"{NameOf(update.Vcpu)} expire_tsc={update.Value.Value:x}"
                );
                break;
            case SyncResult { Found.IsNone: false } result:
                string by = result.InInterrupt ? "interrupt" : "scan";
                Write(
                    KthreadName,
                    Worker,
                    target,
                    "pvtimer_sync",
                    $"{NameOf(result.Vcpu)} expire_tsc={result.Found.Deadline.Value:x} outcome={result.Outcome} by={by}"
                );
                break;
            case PostedInterrupt { Deadline: not null }:
                OnCpu(Entity, "pvtimer_post", $"{NameOf(target)} vector={TimerVector}");
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer)
    {
        string? function = timer.Function switch
        {
            HrtimerFunction.ApicTimer => "apic_timer_fn",
            HrtimerFunction.PvSyncTimer => "pv_sync_timer_callback",
            _ => null,
        };
        if (function is null)
        {
            return;
        }
        string address = FormattableString.Invariant($"hrtimer={0x1000 + timer.Owner.Index:x16}");
        long expires = timer.Expires.Nanoseconds;
        switch (change)
        {
            case HrtimerChange.Started:
                OnCpu(
                    pcpu,
                    "hrtimer_start",
                    $"{address} function={function} expires={expires} softexpires={expires} mode=ABS|HARD was_armed=0"
                );
                break;
            case HrtimerChange.Cancelled:
                OnCpu(pcpu, "hrtimer_cancel", $"{address}");
                break;
            default:
                OnCpu(
                    pcpu,
                    "hrtimer_expire_entry",
                    $"{address} function={function} now={Now.Nanoseconds}"
                );
                break;
        }
    }

    private void OnExit(Vcpu vcpu, VmExit exit)
    {
        string reason = VmExitReasonNames.NameOf(exit.Reason, vcpu.Names);
        Write(
            vcpu,
            "kvm_exit",
            $"vcpu {vcpu.Index} reason {reason} rip 0x0 info1 0x0000000000000000 info2 0x0000000000000000 intr_info 0x00000000 error_code 0x00000000"
        );
        vcpu.HaltedAt = exit.Reason == VmExitReason.Hlt ? Now : null;
        if (exit.Reason != VmExitReason.MsrWrite)
        {
            return;
        }
        ulong? value =
            exit.Ipi is { } ipi ? CommandOf(ipi)
            : exit.Msr == MsrIndex.Ia32TscDeadline ? exit.Timer.Deadline.Value
            : exit.Msr == MsrIndex.X2ApicEoi ? 0
            : null;
        if (value is { } written)
        {
            Write(vcpu, "kvm_msr", $"msr_write {exit.Msr:x} = 0x{written:x}");
        }
    }

    private void OnEntry(Vcpu vcpu, VmEntry entry)
    {
        vcpu.Pcpu = entry.Pcpu;
        if (entry.Expired is not null)
        {
            Accept(vcpu);
            Write(vcpu, "kvm_inj_virq", $"IRQ 0x{TimerVector:x}");
        }
        if (vcpu.HaltedAt is { } halted)
        {
            Write(
                vcpu,
                "kvm_vcpu_wakeup",
                $"wait time {(Now - halted).Nanoseconds} ns, polling valid"
            );
            vcpu.HaltedAt = null;
        }
        Write(vcpu, "kvm_entry", $"vcpu {vcpu.Index}, rip 0x0");
    }

    private void Accept(Vcpu vcpu) =>
        Write(vcpu, "kvm_apic_accept_irq", $"apicid {vcpu.Index:x} vec {TimerVector} (Fixed|edge)");

    /// <summary>The x2APIC's interrupt command register: of several targets the first.</summary>
    private ulong CommandOf(GuestIpi ipi)
    {
        int target = ipi.Targets.IsEmpty ? 0 : _vcpus[ipi.Targets[0].Index]!.Index;
        return ((ulong)target << 32) | ((ulong)(ipi.Mode & (DeliveryMode)7) << 8) | ipi.Vector;
    }

    private string NameOf(EntityId vcpu) => $"vcpu={_machine.Entities[vcpu.Index].Name}";

    private void OnCpu(EntityId pcpu, string name, FormattableString body) =>
        Write("<idle>", 0, pcpu, name, body);

    private void Write(Vcpu vcpu, string name, FormattableString body) =>
        Write(vcpu.Task, vcpu.Process, vcpu.Pcpu, name, body);

    private void Write(
        string task,
        int process,
        EntityId pcpu,
        string name,
        FormattableString body
    ) =>
        _writer.Write(
            task,
            process,
            pcpu.Index - _firstPcpu.Index,
            _tsc.At(Now).Value,
            name,
            FormattableString.Invariant(body)
        );
}
