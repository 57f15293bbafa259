using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>RDMSR and WRMSR of the guest, with the exits that they take, and KVM_SET_MSRS of userspace.</summary>
internal readonly struct MsrAccesses(Vcpu vcpu)
{
    private readonly Vcpu _vcpu = vcpu;

    /// <summary>RDMSR.</summary>
    public void Read(VirtualTime now, uint msr, IEffects effects)
    {
        MsrResult result = _vcpu.Msrs.Read(now, msr, out ulong value);
        _vcpu.Software.OnMsrAccess(now, MsrAccessKind.Read, msr, value, result);
        Note(new MsrAccess(MsrAccessKind.Read, msr, value, result), effects);
        // APIC-register virtualization: reads of the virtual APIC page do not exit. Nor do those of the TSC.
        bool leaves =
            result == MsrResult.GeneralProtection
            || msr == MsrIndex.X2ApicCurrentCount
            || (!_vcpu.Configuration.HasApicv && Lapic.Owns(msr) && msr != MsrIndex.X2ApicTpr)
            || !(msr == MsrIndex.Ia32Tsc || Lapic.Owns(msr));
        if (leaves)
        {
            _vcpu.VmExits.Exit(now, VmExitReason.MsrRead, effects, msr);
        }
        else
        {
            _vcpu.Execution.Begin(GuestOperation.WithoutExit);
        }
    }

    /// <summary>WRMSR.</summary>
    public void Write(VirtualTime now, uint msr, ulong value, IEffects effects)
    {
        bool couldDeliver = _vcpu.Lapic.Deliverable >= 0;
        MsrResult result = _vcpu.Msrs.Write(
            now,
            msr,
            value,
            byGuest: true,
            effects,
            out TimerRequest request
        );
        _vcpu.Software.OnMsrAccess(now, MsrAccessKind.Write, msr, value, result);
        if (result == MsrResult.GeneralProtection)
        {
            Note(new MsrAccess(MsrAccessKind.Write, msr, value, result), effects);
        }
        bool unblocks =
            msr == MsrIndex.X2ApicTpr
            && !_vcpu.Configuration.HasApicv
            && !couldDeliver
            && _vcpu.Lapic.Deliverable >= 0;
        if (unblocks)
        {
            _vcpu.VmExits.Exit(now, VmExitReason.TprBelowThreshold, effects);
        }
        else if (IsVirtualized(msr))
        {
            _vcpu.Execution.Begin(GuestOperation.WithoutExit);
        }
        else
        {
            GuestIpi? ipi =
                msr == MsrIndex.X2ApicIcr && result == MsrResult.Completed
                    ? Decode(new InterruptCommand(value))
                    : null;
            _vcpu.VmExits.ExitForMsrWrite(now, msr, request, effects, ipi);
        }
    }

    /// <summary>Virtual-interrupt delivery has the processor itself write EOI and the self-IPI register, too.</summary>
    private bool IsVirtualized(uint msr) =>
        (
            _vcpu.Lapic.Base.IsX2Apic
            && (
                msr == MsrIndex.X2ApicTpr
                || (
                    _vcpu.Configuration.HasApicv
                    && msr is MsrIndex.X2ApicEoi or MsrIndex.X2ApicSelfIpi
                )
            )
        ) || (msr == MsrIndex.Ia32TscDeadline && _vcpu.Timer.WritesWithoutExit);

    private GuestIpi Decode(InterruptCommand command)
    {
        VcpuConfiguration own = _vcpu.Configuration;
        return new GuestIpi(
            command.DeliveryMode,
            command.Vector,
            command.IsLevel,
            [.. command.Destinations(own.Index, own.ApicIds).Select(index => own.Siblings[index])]
        );
    }

    /// <summary>
    /// KVM_SET_MSRS: the same writes, without an exit of their own. The vCPU is outside of KVM_RUN for them: where that
    /// matters, as an interrupt can be delivered now or the processor's own timer counts by another clock, it enters anew.
    /// </summary>
    public void OnSetMsr(VirtualTime now, SetMsr set, IEffects effects)
    {
        bool couldDeliver = _vcpu.Lapic.Deliverable >= 0;
        bool countsAnew = set.Msr == MsrIndex.Ia32Tsc && _vcpu.Timer.HoldsTimer;
        bool couldWake = _vcpu.Timer.CanWake;
        MsrResult result = _vcpu.Msrs.Write(
            now,
            set.Msr,
            set.Value,
            byGuest: false,
            effects,
            out TimerRequest request
        );
        if (result == MsrResult.GeneralProtection)
        {
            Note(new MsrAccess(MsrAccessKind.Set, set.Msr, set.Value, result), effects);
        }
        if (request.Kind != TimerRequestKind.None || _vcpu.Timer.CanWake != couldWake)
        {
            _vcpu.Emulation.Ask(request, effects);
        }
        if (countsAnew || (!couldDeliver && _vcpu.Lapic.Deliverable >= 0))
        {
            _vcpu.Delivery.Rouse(InterruptSender.Device, effects);
        }
    }

    private static void Note(MsrAccess access, IEffects effects) =>
        effects.After(VirtualDuration.Zero, access);
}
