using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <content>What no LAPIC register holds: NMIs, INITs, kicks; and what became of a register access.</content>
public static partial class MessageCodec
{
    private static void WriteSignal(StateWriter writer, Message message)
    {
        switch (message)
        {
            case InterruptMessage signal:
                WriteKind(writer, MessageKind.InterruptMessage);
                writer.WriteInt32((int)signal.Mode);
                writer.WriteByte(signal.Vector);
                writer.Write(signal.FromPcpu);
                writer.WriteInt32((int)signal.Poster);
                break;
            case Posted posted:
                WriteKind(writer, MessageKind.Posted);
                writer.WriteInt32((int)posted.Poster);
                writer.WriteInt32((int)posted.Effect);
                break;
            case RescheduleIpi ipi:
                WriteEntity(writer, MessageKind.RescheduleIpi, ipi.Vcpu);
                break;
            case PreemptionTimerZero zero:
                WriteEntity(writer, MessageKind.PreemptionTimerZero, zero.Vcpu);
                writer.Write(zero.Due);
                break;
            case PreemptionTimerExit exit:
                WriteNumber(writer, MessageKind.PreemptionTimerExit, exit.Entry);
                break;
            case QueueTimer queue:
                WriteKind(writer, MessageKind.QueueTimer);
                Hrtimer.Write(writer, queue.Timer);
                break;
            case DeadlineReached reached:
                WriteNumber(writer, MessageKind.DeadlineReached, reached.Due.Nanoseconds);
                break;
            case PauseVm pause:
                WriteNumber(writer, MessageKind.PauseVm, pause.Length.Nanoseconds);
                break;
            case PauseVcpu pause:
                WriteNumber(writer, MessageKind.PauseVcpu, pause.Length.Nanoseconds);
                break;
            case PauseThread pause:
                WriteEntity(writer, MessageKind.PauseThread, pause.Vcpu);
                writer.Write(pause.Length);
                break;
            case ResumeThread resume:
                WriteEntity(writer, MessageKind.ResumeThread, resume.Vcpu);
                break;
            case KthreadPosted posted:
                WriteNumber(writer, MessageKind.KthreadPosted, posted.Cost.Nanoseconds);
                break;
            case KickVcpu kick:
                WriteEntity(writer, MessageKind.KickVcpu, kick.Vcpu);
                writer.WriteInt64(kick.Entry);
                break;
            case MsrAccess access:
                WriteKind(writer, MessageKind.MsrAccess);
                writer.WriteInt32((int)access.Kind);
                writer.WriteUInt64(access.Msr);
                writer.WriteUInt64(access.Value);
                writer.WriteInt32((int)access.Result);
                break;
            default:
                if (!MigrationCodec.TryWrite(writer, message))
                {
                    WriteKind(writer, KindOfBare(message));
                }
                break;
        }
    }

    private static Message ReadSignal(StateReader reader, MessageKind kind) =>
        kind switch
        {
            MessageKind.InterruptMessage => new InterruptMessage(
                reader.ReadEnumeration<DeliveryMode>(),
                reader.ReadByte(),
                reader.ReadEntity(),
                reader.ReadEnumeration<Poster>()
            ),
            MessageKind.Posted => new Posted(
                reader.ReadEnumeration<Poster>(),
                reader.ReadEnumeration<PostingEffect>()
            ),
            MessageKind.RescheduleIpi => new RescheduleIpi(reader.ReadEntity()),
            MessageKind.PreemptionTimerZero => new PreemptionTimerZero(
                reader.ReadEntity(),
                reader.ReadTime()
            ),
            MessageKind.PreemptionTimerExit => new PreemptionTimerExit(reader.ReadInt64()),
            MessageKind.QueueTimer => new QueueTimer(Hrtimer.Read(reader)),
            MessageKind.DeadlineReached => new DeadlineReached(reader.ReadTime()),
            MessageKind.PauseVm => new PauseVm(reader.ReadDuration()),
            MessageKind.PauseVcpu => new PauseVcpu(reader.ReadDuration()),
            MessageKind.PauseThread => new PauseThread(reader.ReadEntity(), reader.ReadDuration()),
            MessageKind.ResumeThread => new ResumeThread(reader.ReadEntity()),
            MessageKind.KthreadPosted => new KthreadPosted(
                VirtualDuration.FromNanoseconds(reader.ReadInt64())
            ),
            MessageKind.KickVcpu => new KickVcpu(reader.ReadEntity(), reader.ReadInt64()),
            MessageKind.MsrAccess => new MsrAccess(
                reader.ReadEnumeration<MsrAccessKind>(),
                reader.ReadUInt32(),
                reader.ReadUInt64(),
                reader.ReadEnumeration<MsrResult>()
            ),
            _ => MigrationCodec.Read(reader, kind),
        };
}
