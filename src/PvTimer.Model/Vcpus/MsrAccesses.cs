using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <summary>RDMSR and WRMSR of the guest, with the exits that they take, and KVM_SET_MSRS of userspace.</summary>
internal sealed class MsrAccesses(
    VcpuConfiguration configuration,
    Lapic lapic,
    GuestTimer timer,
    GuestSoftware software,
    GuestExecution execution,
    VmExits exits,
    TimerEmulation emulation,
    MsrFile msrs
)
{
    private readonly VcpuConfiguration _configuration = configuration;
    private readonly Lapic _lapic = lapic;
    private readonly GuestTimer _timer = timer;
    private readonly GuestSoftware _software = software;
    private readonly GuestExecution _execution = execution;
    private readonly VmExits _exits = exits;
    private readonly TimerEmulation _emulation = emulation;
    private readonly MsrFile _msrs = msrs;

    /// <summary>RDMSR.</summary>
    public void Read(VirtualTime now, uint msr, IEffects effects)
    {
        MsrResult result = _msrs.Read(now, msr, out ulong value);
        _software.OnMsrAccess(now, msr, value, result);
        Note(new MsrAccess(MsrAccessKind.Read, msr, value, result), effects);
        // APIC-register virtualization: reads of the virtual APIC page do not exit. Nor do those of the TSC.
        bool leaves =
            result == MsrResult.GeneralProtection
            || msr == MsrIndex.X2ApicCurrentCount
            || (!_configuration.HasApicv && Lapic.Owns(msr) && msr != MsrIndex.X2ApicTpr)
            || !(msr == MsrIndex.Ia32Tsc || Lapic.Owns(msr));
        if (leaves)
        {
            _exits.Exit(now, VmExitReason.MsrRead, effects, msr);
        }
        else
        {
            _execution.Begin(GuestOperation.WithoutExit);
        }
    }

    /// <summary>WRMSR.</summary>
    public void Write(VirtualTime now, uint msr, ulong value, IEffects effects)
    {
        bool couldDeliver = _lapic.Deliverable >= 0;
        MsrResult result = _msrs.Write(
            now,
            msr,
            value,
            byGuest: true,
            effects,
            out TimerRequest request
        );
        _software.OnMsrAccess(now, msr, value, result);
        if (result == MsrResult.GeneralProtection)
        {
            Note(new MsrAccess(MsrAccessKind.Write, msr, value, result), effects);
        }
        bool unblocks =
            msr == MsrIndex.X2ApicTpr
            && !_configuration.HasApicv
            && !couldDeliver
            && _lapic.Deliverable >= 0;
        if (unblocks)
        {
            _exits.Exit(now, VmExitReason.TprBelowThreshold, effects);
        }
        else if (IsVirtualized(msr))
        {
            _execution.Begin(GuestOperation.WithoutExit);
        }
        else
        {
            GuestIpi? ipi =
                msr == MsrIndex.X2ApicIcr && result == MsrResult.Completed
                    ? Decode(new InterruptCommand(value))
                    : null;
            _exits.ExitForMsrWrite(now, msr, request, effects, ipi);
        }
    }

    /// <summary>Virtual-interrupt delivery has the processor itself write EOI and the self-IPI register, too.</summary>
    private bool IsVirtualized(uint msr) =>
        (
            _lapic.Base.IsX2Apic
            && (
                msr == MsrIndex.X2ApicTpr
                || (_configuration.HasApicv && msr is MsrIndex.X2ApicEoi or MsrIndex.X2ApicSelfIpi)
            )
        ) || (msr == MsrIndex.Ia32TscDeadline && _timer.WritesWithoutExit);

    private GuestIpi Decode(InterruptCommand command) =>
        new(
            command.DeliveryMode,
            command.Vector,
            [
                .. command
                    .Destinations(_configuration.Index, _configuration.ApicIds)
                    .Select(index => _configuration.Siblings[index]),
            ]
        );

    /// <summary>KVM_SET_MSRS: the same writes, without an exit.</summary>
    public void OnSetMsr(VirtualTime now, SetMsr set, IEffects effects)
    {
        bool couldWake = _timer.CanWake;
        MsrResult result = _msrs.Write(
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
        if (request.Kind != TimerRequestKind.None || _timer.CanWake != couldWake)
        {
            _emulation.Ask(request, effects);
        }
    }

    private static void Note(MsrAccess access, IEffects effects) =>
        effects.After(VirtualDuration.Zero, access);
}
