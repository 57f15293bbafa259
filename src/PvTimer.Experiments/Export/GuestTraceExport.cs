using System;
using System.Collections.Generic;
using System.IO;
using PvTimer.Formats.Writers;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Recording;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Experiments.Export;

/// <summary>
/// One VM as its own kernel would have recorded it: `msr:write_msr` of the deadlines, `irq_vectors:local_timer_*` and
/// `power:cpu_idle`, by its TSC. Replayed (`guest { type = trace }`) it programs the same deadlines.
/// </summary>
/// <remarks>
/// <code>
///   machine                              recording
///   deadline programmed, by whatever way write_msr: 6e0, value DEADLINE
///   timer disarmed                       write_msr: 6e0, value 0
///   HLT exits                            cpu_idle: state=1
///   the guest enters its interrupt       local_timer_entry, local_timer_exit, and if it was halted cpu_idle: state=4294967295
/// </code>
/// IPIs between vCPUs and devices' interrupts are not in it, nor is a halt that does not exit: <see cref="LeftOut"/>.
/// </remarks>
internal sealed class GuestTraceExport : RunExport
{
    private const byte TimerVector = 236;
    private const int FirstProcess = 1_000;

    private readonly FtraceWriter _writer;
    private readonly Func<EntityId, VirtualTime, TscTicks> _tscAt;
    private readonly Dictionary<EntityId, Guest> _vcpus = [];
    private readonly bool _idlesInGuestMode;
    private long _ipis;
    private long _devices;
    private bool _hasAnotherClock;

    private sealed class Guest(int index)
    {
        public int Index { get; } = index;

        public bool Idles { get; set; }
    }

    /// <param name="machine">What is run.</param>
    /// <param name="vm">Which of its VMs.</param>
    /// <param name="stream">Where to; seekable.</param>
    public GuestTraceExport(EmulatedMachine machine, VmDescription vm, Stream stream)
    {
        _idlesInGuestMode = !vm.HltExits || vm.HasMwait;
        foreach (IEntity entity in machine.Entities)
        {
            if (entity.Name.StartsWith($"{vm.Name}/vcpu-", StringComparison.Ordinal))
            {
                _vcpus.TryAdd(entity.Id, new Guest(_vcpus.Count));
            }
        }
        _tscAt = ObservedMachine.GuestTsc(machine);
        _writer = new FtraceWriter(stream, _vcpus.Count);
    }

    /// <inheritdoc/>
    public override string? LeftOut
    {
        get
        {
            List<string> parts = [];
            Add(_ipis > 0, $"interrupts from other vCPUs ({_ipis})");
            Add(_devices > 0, $"interrupts of devices ({_devices})");
            Add(_idlesInGuestMode, $"idle in guest mode, for which a vCPU does not exit");
            Add(
                _hasAnotherClock,
                $"which clock event device it has: deadlines are written as IA32_TSC_DEADLINE's"
            );
            return parts.Count == 0 ? null : string.Join("; ", parts);

            void Add(bool isThere, FormattableString what)
            {
                if (isThere)
                {
                    parts.Add(FormattableString.Invariant(what));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _writer.Dispose();

    /// <inheritdoc/>
    protected override void Begins(Message message)
    {
        if (!_vcpus.ContainsKey(Entity))
        {
            return;
        }
        switch (message)
        {
            case PostedInterrupt { Deadline: null } or InterruptMessage:
                _ipis++;
                break;
            case DeviceInterrupt or RaiseInterrupt:
                _devices++;
                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public override void Sent(EntityId target, VirtualDuration latency, Message message)
    {
        if (!_vcpus.TryGetValue(Entity, out Guest? guest))
        {
            return;
        }
        switch (message)
        {
            case VmExit { Reason: VmExitReason.Hlt }:
                guest.Idles = true;
                Write(Entity, guest, "cpu_idle", $"state=1 cpu_id={guest.Index}");
                break;
            case VmExit
            {
                Reason: VmExitReason.MsrWrite,
                Msr: MsrIndex.Ia32TscDeadline,
                Timer.Kind: Model.Apic.TimerRequestKind.Cancel
            }:
            case SharedPageUpdate { Field: PageField.ExpireTsc, Disarms: true }:
                Write(Entity, guest, "write_msr", "6e0, value 0");
                break;
            case VmExit { Msr: MsrIndex.X2ApicInitialCount or MsrIndex.HypervStimer0Count }:
                _hasAnotherClock = true;
                break;
            case RaiseInterrupt when target == Entity:
                // Postponed while the VM stood still: it comes again.
                _devices--;
                break;
            default:
                break;
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
        if (_vcpus.TryGetValue(vcpu, out Guest? guest))
        {
            Write(vcpu, guest, "write_msr", $"6e0, value {deadline.Value:x}");
        }
    }

    /// <inheritdoc/>
    public override void Fired(
        EntityId vcpu,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime entry,
        bool counts
    )
    {
        if (!_vcpus.TryGetValue(vcpu, out Guest? guest))
        {
            return;
        }
        Write(vcpu, guest, "local_timer_entry", $"vector={TimerVector}");
        Write(vcpu, guest, "local_timer_exit", $"vector={TimerVector}");
        if (guest.Idles)
        {
            guest.Idles = false;
            Write(vcpu, guest, "cpu_idle", $"state={uint.MaxValue} cpu_id={guest.Index}");
        }
    }

    private void Write(EntityId vcpu, Guest guest, string name, FormattableString body) =>
        Write(vcpu, guest, name, FormattableString.Invariant(body));

    private void Write(EntityId vcpu, Guest guest, string name, string body) =>
        _writer.Write(
            "guest",
            FirstProcess + guest.Index,
            guest.Index,
            _tscAt(vcpu, Now).Value,
            name,
            body
        );
}
