using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Messages;

/// <content>Messages of several fields, and the values inside them.</content>
public static partial class MessageCodec
{
    private static void Write(StateWriter writer, SharedPageUpdate update)
    {
        WriteEntity(writer, MessageKind.SharedPageUpdate, update.Vcpu);
        writer.WriteInt32((int)update.Field);
        writer.Write(update.Value);
        writer.Write(update.Pcpu);
        writer.WriteBool(update.Disarms);
    }

    private static SharedPageUpdate ReadSharedPageUpdate(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadEnumeration<PageField>(),
            reader.ReadTsc(),
            reader.ReadEntity(),
            reader.ReadBool()
        );

    private static void Write(StateWriter writer, VmExit exit)
    {
        WriteEntity(writer, MessageKind.VmExit, exit.Vcpu);
        writer.WriteInt32((int)exit.Reason);
        writer.WriteUInt64(exit.Msr);
        writer.Write(exit.LeftGuestAt);
        TimerRequest.Write(writer, exit.Timer);
        writer.WriteBool(exit.Ipi is not null);
        if (exit.Ipi is { } ipi)
        {
            writer.WriteInt32((int)ipi.Mode);
            writer.WriteByte(ipi.Vector);
            writer.WriteBool(ipi.IsLevel);
            writer.WriteCount(ipi.Targets.Length);
            foreach (EntityId target in ipi.Targets)
            {
                writer.Write(target);
            }
        }
        writer.WriteBool(exit.CanTimerWake);
        writer.Write(exit.Handling);
    }

    private static VmExit ReadVmExit(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadEnumeration<VmExitReason>(),
            reader.ReadUInt32(),
            reader.ReadTime(),
            TimerRequest.Read(reader),
            reader.ReadBool() ? ReadGuestIpi(reader) : null,
            reader.ReadBool(),
            reader.ReadDuration()
        );

    private static GuestIpi ReadGuestIpi(StateReader reader)
    {
        DeliveryMode mode = reader.ReadEnumeration<DeliveryMode>();
        byte vector = reader.ReadByte();
        bool isLevel = reader.ReadBool();
        var targets = new EntityId[reader.ReadCount()];
        for (int index = 0; index < targets.Length; index++)
        {
            targets[index] = reader.ReadEntity();
        }
        return new GuestIpi(mode, vector, isLevel, ImmutableArray.Create(targets));
    }

    private static void Write(StateWriter writer, VmEntry entry)
    {
        WriteEntity(writer, MessageKind.VmEntry, entry.Pcpu);
        writer.WriteInt64(entry.Entry);
        writer.Write(entry.Expired);
        writer.Write(entry.Next);
        writer.WriteBool(entry.CounterIsAtZero);
    }

    private static VmEntry ReadVmEntry(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadInt64(),
            reader.ReadOptionalTsc(),
            reader.ReadOptionalTime(),
            reader.ReadBool()
        );

    private static void Write(StateWriter writer, PostedInterrupt posted)
    {
        WriteKind(writer, MessageKind.PostedInterrupt);
        writer.WriteByte(posted.Vector);
        writer.Write(posted.FromPcpu);
        writer.Write(posted.Deadline);
        writer.Write(posted.Next);
        writer.WriteInt32((int)posted.Poster);
        writer.WriteBool(posted.IsLevel);
    }

    private static PostedInterrupt ReadPostedInterrupt(StateReader reader) =>
        new(
            reader.ReadByte(),
            reader.ReadEntity(),
            reader.ReadOptionalTsc(),
            reader.ReadOptionalTime(),
            reader.ReadEnumeration<Poster>(),
            reader.ReadBool()
        );

    private static void Write(StateWriter writer, Wake wake)
    {
        WriteEntity(writer, MessageKind.Wake, wake.Vcpu);
        writer.WriteInt64(wake.Entry);
        writer.Write(wake.Waker);
        writer.WriteInt32((int)wake.Poster);
    }

    private static Wake ReadWake(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadInt64(),
            reader.ReadOptionalEntity(),
            reader.ReadEnumeration<Poster>()
        );

    private static void Write(StateWriter writer, SyncVcpu sync)
    {
        WriteEntity(writer, MessageKind.SyncVcpu, sync.Vcpu);
        writer.WriteInt32((int)sync.Cause);
        writer.Write(sync.Expired);
        writer.Write(sync.Due);
        writer.Write(sync.NextScan);
    }

    private static SyncVcpu ReadSyncVcpu(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadEnumeration<SyncCause>(),
            reader.ReadTsc(),
            reader.ReadTime(),
            reader.ReadTime()
        );

    private static void Write(StateWriter writer, SyncResult result)
    {
        WriteEntity(writer, MessageKind.SyncResult, result.Vcpu);
        writer.WriteInt32((int)result.Outcome);
        writer.Write(result.Found.Deadline);
        writer.WriteBool(result.Found.Disarms);
        writer.Write(result.Due);
        writer.WriteBool(result.InInterrupt);
        writer.Write(result.ArmedOn);
    }

    private static SyncResult ReadSyncResult(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadEnumeration<SyncOutcome>(),
            new PageRequest(reader.ReadTsc(), reader.ReadBool()),
            reader.ReadTime(),
            reader.ReadBool(),
            reader.ReadOptionalEntity()
        );

    private static void Write(StateWriter writer, PageRegistered registered)
    {
        WriteEntity(writer, MessageKind.PageRegistered, registered.Vcpu);
        writer.WriteBool(registered.Enabled);
        writer.Write(registered.Pcpu);
        writer.WriteBool(registered.SplitsLine);
        writer.WriteBool(registered.ArmedOnPcpu);
    }

    private static PageRegistered ReadPageRegistered(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadBool(),
            reader.ReadEntity(),
            reader.ReadBool(),
            reader.ReadBool()
        );
}
