using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Paravirt;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Vcpus;

/// <content>VM-exits: what the guest's instructions cause, with KVM's view of the register written.</content>
public sealed partial class Vcpu
{
    private VectorBitmap _eoiExitBitmap;
    private VmExitReason? _exitReason;
    private uint _exitMsr;
    private VirtualTime _leftGuestAt;
    private long _deadlineWrites;

    /// <summary>What waits for the exit under way.</summary>
    private ProgramTimer? _asked;

    /// <summary>What the host calls the counter's armed timer, in one-shot and periodic mode.</summary>
    private TscTicks _counterDeadline;

    private void Exit(
        VirtualTime now,
        VmExitReason reason,
        uint msr,
        TimerRequest timer,
        GuestIpi? ipi,
        IEffects effects,
        VirtualDuration handling = default
    )
    {
        _inGuest = false;
        _exitReason = reason;
        _exitMsr = msr;
        _leftGuestAt = now;
        VirtualDuration transition = _configuration.Host.Costs.ExitTransition;
        effects.Send(
            _pcpu,
            transition,
            new VmExit(Id, reason, msr, now, timer, ipi, !_lapic.TimerMasked, handling)
        );
        if (reason != VmExitReason.Hlt)
        {
            return;
        }
        _halted = true;
        _descriptor.Nv = PostedInterruptDescriptor.WakeupVector;
        if (!_descriptor.Pir.IsEmpty)
        {
            // Posted while it was on its way to HLT: the notification has no guest to interrupt any more.
            effects.Send(_pcpu, transition, new Wake(Id, _entry));
        }
    }

    private void RecordExit(VirtualTime entered)
    {
        VirtualTime exited = _leftGuestAt + _configuration.Host.Costs.ExitTransition;
        VirtualTime entry = entered - _configuration.Host.Costs.EntryTransition;
        VirtualDuration handled = VirtualDuration.Max(entry - exited, VirtualDuration.Zero);
        _exits.Add(_exitReason!.Value, _exitMsr, handled);
        _exitReason = null;
    }

    private void WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects)
    {
        TimerRequest request = TimerRequest.None;
        GuestIpi? ipi = null;
        MsrResult result = MsrResult.Completed;
        switch (msr)
        {
            case MsrIndex.X2ApicTpr:
                // Virtual-interrupt delivery: no exit; what the TPR held back may be delivered now.
                _lapic.Tpr = (byte)(value & 0xff);
                _operation = WithoutExit;
                return;
            case MsrIndex.X2ApicEoi:
                _lapic.EndOfInterrupt();
                _operation = WithoutExit;
                return;
            case MsrIndex.X2ApicSelfIpi:
                _lapic.Request((byte)(value & 0xff));
                _operation = WithoutExit;
                return;
            case MsrIndex.X2ApicIcr:
                ipi = Decode(new InterruptCommand(value));
                break;
            default:
                (result, request) = WriteTimerMsr(now, msr, value, effects);
                break;
        }
        _configuration.Program.OnMsrAccess(Context(now), msr, value, result);
        Exit(now, VmExitReason.MsrWrite, msr, request, ipi, effects);
    }

    /// <summary>A register access that does not exit takes the shortest time there is.</summary>
    private static Operation WithoutExit { get; } =
        new(OperationKind.Compute, VirtualDuration.Smallest);

    private GuestIpi Decode(InterruptCommand command) =>
        new(
            command.Vector,
            [
                .. command
                    .Destinations(_configuration.Index, _configuration.ApicIds)
                    .Select(index => _configuration.Siblings[index]),
            ]
        );

    /// <summary>The registers of the timer, whoever writes them: the guest or userspace.</summary>
    private (MsrResult Result, TimerRequest Request) WriteTimerMsr(
        VirtualTime now,
        uint msr,
        ulong value,
        IEffects effects
    )
    {
        switch (msr)
        {
            case MsrIndex.Ia32TscDeadline:
                _deadlineWrites++;
                return (MsrResult.Completed, WriteTscDeadline(now, new TscTicks(value), effects));
            case MsrIndex.X2ApicLvtTimer:
                return (MsrResult.Completed, WriteLvtTimer(now, Low(value), effects));
            case MsrIndex.X2ApicInitialCount:
                return (
                    MsrResult.Completed,
                    Record(now, _lapic.WriteInitialCount(Low(value), now))
                );
            case MsrIndex.X2ApicDivideConfiguration:
                return (
                    MsrResult.Completed,
                    Record(now, _lapic.WriteDivideConfiguration(Low(value), now))
                );
            case MsrIndex.Ia32ApicBase:
                _lapic.Enabled = (value & MsrIndex.ApicBaseEnable) != 0;
                return (MsrResult.Completed, TimerRequest.None);
            default:
                return msr == _configuration.Host.PvTimer.EnableMsr && IsOffered
                    ? EnablePvTimer(now, new PvTimerMsr(value), effects)
                    : (MsrResult.GeneralProtection, TimerRequest.None);
        }
    }

    private TimerRequest WriteLvtTimer(VirtualTime now, uint value, IEffects effects)
    {
        TimerRequest request = Record(now, _lapic.WriteLvtTimer(value, now));
        if (request.Kind == TimerRequestKind.Cancel && _usesPage && !Flaws.DisarmIsLost)
        {
            Publish(SharedPage.Disarmed, effects);
        }
        return request;
    }

    /// <summary>The APIC's registers are 32 bits wide.</summary>
    private static uint Low(ulong value) => (uint)(value & uint.MaxValue);

    /// <summary>Enters into the ledger what a register write did to the timer.</summary>
    private TimerRequest Record(VirtualTime now, TimerRequest request)
    {
        switch (request.Kind)
        {
            case TimerRequestKind.Arm:
                _counterDeadline = request.Deadline;
                _timers.Arm(request.Deadline, request.Due, now);
                break;
            case TimerRequestKind.Cancel:
                _timers.Disarm(now);
                break;
            default:
                break;
        }
        return request;
    }

    /// <summary>KVM_SET_MSRS: the same writes, without an exit.</summary>
    private void OnSetMsr(VirtualTime now, SetMsr set, IEffects effects)
    {
        (_, TimerRequest request) = WriteTimerMsr(now, set.Msr, set.Value, effects);
        Ask(request, effects);
    }

    /// <summary>
    /// Has the thread's pCPU set the timer. While KVM still handles a register write of the guest, what is
    /// asked waits for the next entry (vcpu->mutex): otherwise that write, which came first, would be done last.
    /// </summary>
    private void Ask(TimerRequest request, IEffects effects)
    {
        if (_exitReason == VmExitReason.MsrWrite)
        {
            _asked = new ProgramTimer(Id, request);
            return;
        }
        effects.Send(
            _pcpu,
            _configuration.Host.Costs.LineTransferSameSocket,
            new ProgramTimer(Id, request)
        );
    }

    private void AskWhatWaited(IEffects effects)
    {
        if (_asked is { } asked)
        {
            _asked = null;
            Ask(asked.Request, effects);
        }
    }
}
