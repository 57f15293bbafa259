using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;

namespace PvTimer.Model.State;

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
                WriteMigration(writer, message);
                break;
        }
    }

    private static Message ReadSignal(StateReader reader, MessageKind kind) =>
        kind switch
        {
            MessageKind.InterruptMessage => new InterruptMessage(
                reader.ReadEnumeration<DeliveryMode>(),
                reader.ReadByte(),
                reader.ReadEntity()
            ),
            MessageKind.KickVcpu => new KickVcpu(reader.ReadEntity(), reader.ReadInt64()),
            MessageKind.MsrAccess => new MsrAccess(
                reader.ReadEnumeration<MsrAccessKind>(),
                reader.ReadUInt32(),
                reader.ReadUInt64(),
                reader.ReadEnumeration<MsrResult>()
            ),
            _ => ReadMigration(reader, kind),
        };
}
