using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>
/// Every message of the machine as bytes: its <see cref="MessageKind"/> in one byte, then its fields in the
/// order of the record. Checkpoints keep pending events in it, and nodes exchange them.
/// </summary>
public static partial class MessageCodec
{
    /// <exception cref="ArgumentException">The message is none of the machine's.</exception>
    public static void Write(StateWriter writer, Message message)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(message);
        // The most frequent ones first.
        switch (message)
        {
            case GuestProgress progress:
                WriteNumber(writer, MessageKind.GuestProgress, progress.Epoch);
                break;
            case WorkDone done:
                WriteNumber(writer, MessageKind.WorkDone, done.Epoch);
                break;
            case InterruptDone done:
                WriteNumber(writer, MessageKind.InterruptDone, done.Epoch);
                break;
            case SharedPageUpdate update:
                Write(writer, update);
                break;
            case VmExit exit:
                Write(writer, exit);
                break;
            case VmEntry entry:
                Write(writer, entry);
                break;
            case HrtimerExpiry expiry:
                WriteNumber(writer, MessageKind.HrtimerExpiry, expiry.ProgrammedFor.Nanoseconds);
                break;
            case HostInterrupt interrupt:
                WriteNumber(writer, MessageKind.HostInterrupt, interrupt.Entry);
                break;
            case ScanStep step:
                WriteNumber(writer, MessageKind.ScanStep, step.Epoch);
                break;
            case PostedInterrupt posted:
                Write(writer, posted);
                break;
            case Ipi ipi:
                WriteEntity(writer, MessageKind.Ipi, ipi.Vcpu);
                break;
            case Wake wake:
                Write(writer, wake);
                break;
            case SyncVcpu sync:
                Write(writer, sync);
                break;
            case SyncResult result:
                Write(writer, result);
                break;
            default:
                WriteRare(writer, message);
                break;
        }
    }

    /// <exception cref="StateFormatException">The bytes are no message.</exception>
    public static Message Read(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        byte kind = reader.ReadByte();
        return (MessageKind)kind switch
        {
            MessageKind.GuestProgress => new GuestProgress(reader.ReadInt64()),
            MessageKind.WorkDone => new WorkDone(reader.ReadInt64()),
            MessageKind.InterruptDone => new InterruptDone(reader.ReadInt64()),
            MessageKind.SharedPageUpdate => ReadSharedPageUpdate(reader),
            MessageKind.VmExit => ReadVmExit(reader),
            MessageKind.VmEntry => ReadVmEntry(reader),
            MessageKind.HrtimerExpiry => new HrtimerExpiry(reader.ReadTime()),
            MessageKind.HostInterrupt => new HostInterrupt(reader.ReadInt64()),
            MessageKind.ScanStep => new ScanStep(reader.ReadInt64()),
            MessageKind.PostedInterrupt => ReadPostedInterrupt(reader),
            MessageKind.Ipi => new Ipi(reader.ReadEntity()),
            MessageKind.Wake => ReadWake(reader),
            MessageKind.SyncVcpu => ReadSyncVcpu(reader),
            MessageKind.SyncResult => ReadSyncResult(reader),
            MessageKind.Start => Start.Instance,
            MessageKind.Notification => Notification.Instance,
            MessageKind.KthreadPause => KthreadPause.Instance,
            MessageKind.KthreadResume => KthreadResume.Instance,
            MessageKind.KthreadSleep => KthreadSleep.Instance,
            MessageKind.SyncStep => SyncStep.Instance,
            MessageKind.InterruptBegin => InterruptBegin.Instance,
            MessageKind.SaveRestore => SaveRestore.Instance,
            MessageKind.DeviceInterrupt => new DeviceInterrupt(reader.ReadByte()),
            MessageKind.ScanTick => new ScanTick(reader.ReadTime(), reader.ReadTime()),
            MessageKind.Preempted => new Preempted(reader.ReadInt64()),
            MessageKind.MoveVcpu => new MoveVcpu(reader.ReadEntity()),
            MessageKind.MoveThread => new MoveThread(reader.ReadEntity(), reader.ReadEntity()),
            MessageKind.CancelTimer => new CancelTimer(reader.ReadEntity(), reader.ReadBool()),
            MessageKind.SetMsr => new SetMsr(reader.ReadUInt32(), reader.ReadUInt64()),
            MessageKind.GoOffline => GoOffline.Instance,
            MessageKind.Retire => Retire.Instance,
            MessageKind.TimerCpuGone => TimerCpuGone.Instance,
            MessageKind.Stall => new Stall(VirtualDuration.FromNanoseconds(reader.ReadInt64())),
            MessageKind.HostInterruption => new HostInterruption(
                VirtualDuration.FromNanoseconds(reader.ReadInt64())
            ),
            MessageKind.SystemManagement => new SystemManagement(
                reader.ReadInt64(),
                reader.ReadDuration()
            ),
            MessageKind.RaiseInterrupt => new RaiseInterrupt(reader.ReadByte()),
            MessageKind.Command => ReadCommand(reader),
            MessageKind.PageRegistered => ReadPageRegistered(reader),
            MessageKind.ProgramTimer => new ProgramTimer(
                reader.ReadEntity(),
                TimerRequest.Read(reader),
                reader.ReadBool(),
                reader.ReadInt64()
            ),
            MessageKind.MigrateVcpu => new MigrateVcpu(VcpuThreadState.Read(reader)),
            _ => ReadSignal(reader, (MessageKind)kind),
        };
    }

    /// <summary>A message that may be missing, as a field of what is frozen.</summary>
    public static T? Message<T>(this StateTransfer state, T? value)
        where T : Message
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Value(value is not null)
            ? state.Record<Message>(value, Write, Read) as T
                ?? throw state.Damaged($"expected a {typeof(T).Name}")
            : null;
    }

    private static void WriteRare(StateWriter writer, Message message)
    {
        switch (message)
        {
            case DeviceInterrupt device:
                WriteKind(writer, MessageKind.DeviceInterrupt);
                writer.WriteByte(device.Vector);
                break;
            case ScanTick tick:
                WriteNumber(writer, MessageKind.ScanTick, tick.PacedAt.Nanoseconds);
                writer.Write(tick.NextScan);
                break;
            case Preempted preempted:
                WriteNumber(writer, MessageKind.Preempted, preempted.Entry);
                break;
            case MoveVcpu move:
                WriteEntity(writer, MessageKind.MoveVcpu, move.ToPcpu);
                break;
            case MoveThread move:
                WriteEntity(writer, MessageKind.MoveThread, move.Vcpu);
                writer.Write(move.ToPcpu);
                break;
            case CancelTimer cancel:
                WriteEntity(writer, MessageKind.CancelTimer, cancel.Vcpu);
                writer.WriteBool(cancel.Served);
                break;
            case SetMsr set:
                WriteKind(writer, MessageKind.SetMsr);
                writer.WriteUInt64(set.Msr);
                writer.WriteUInt64(set.Value);
                break;
            case Stall stall:
                WriteNumber(writer, MessageKind.Stall, stall.Length.Nanoseconds);
                break;
            case HostInterruption noise:
                WriteNumber(writer, MessageKind.HostInterruption, noise.Length.Nanoseconds);
                break;
            case SystemManagement stay:
                WriteNumber(writer, MessageKind.SystemManagement, stay.Entry);
                writer.Write(stay.Length);
                break;
            case RaiseInterrupt raised:
                WriteKind(writer, MessageKind.RaiseInterrupt);
                writer.WriteByte(raised.Vector);
                break;
            case Command command:
                Write(writer, command);
                break;
            case PageRegistered registered:
                Write(writer, registered);
                break;
            case ProgramTimer program:
                WriteEntity(writer, MessageKind.ProgramTimer, program.Vcpu);
                TimerRequest.Write(writer, program.Request);
                writer.WriteBool(program.CanTimerWake);
                writer.WriteInt64(program.Entry);
                break;
            case MigrateVcpu migrate:
                WriteKind(writer, MessageKind.MigrateVcpu);
                VcpuThreadState.Write(writer, migrate.Thread);
                break;
            default:
                WriteSignal(writer, message);
                break;
        }
    }

    /// <summary>Messages that say all by their kind.</summary>
    private static MessageKind KindOfBare(Message message) =>
        message switch
        {
            Start => MessageKind.Start,
            Notification => MessageKind.Notification,
            KthreadPause => MessageKind.KthreadPause,
            KthreadResume => MessageKind.KthreadResume,
            KthreadSleep => MessageKind.KthreadSleep,
            SyncStep => MessageKind.SyncStep,
            InterruptBegin => MessageKind.InterruptBegin,
            SaveRestore => MessageKind.SaveRestore,
            GoOffline => MessageKind.GoOffline,
            Retire => MessageKind.Retire,
            TimerCpuGone => MessageKind.TimerCpuGone,
            PreCopyDone => MessageKind.PreCopyDone,
            TimerDropped => MessageKind.TimerDropped,
            VcpuStopped => MessageKind.VcpuStopped,
            _ => throw new ArgumentException(
                $"{message.GetType().Name} has no binary form",
                nameof(message)
            ),
        };

    internal static void WriteKind(StateWriter writer, MessageKind kind) =>
        writer.WriteByte((byte)kind);

    internal static void WriteNumber(StateWriter writer, MessageKind kind, long number)
    {
        writer.WriteByte((byte)kind);
        writer.WriteInt64(number);
    }

    internal static void WriteEntity(StateWriter writer, MessageKind kind, EntityId entity)
    {
        writer.WriteByte((byte)kind);
        writer.Write(entity);
    }
}
