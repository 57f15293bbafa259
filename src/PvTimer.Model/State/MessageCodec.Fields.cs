using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Processors;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.State;

/// <content>Messages of several fields, and the values inside them.</content>
public static partial class MessageCodec
{
    internal static void Write(StateWriter writer, Hrtimer timer)
    {
        writer.WriteInt32((int)timer.Function);
        writer.Write(timer.Owner);
        writer.Write(timer.Expires);
        writer.Write(timer.Deadline);
        writer.Write(timer.Period);
        writer.Write(timer.Due);
        writer.WriteBool(timer.Served);
    }

    internal static Hrtimer ReadHrtimer(StateReader reader) =>
        new(
            reader.ReadEnumeration<HrtimerFunction>(),
            reader.ReadEntity(),
            reader.ReadTime(),
            reader.ReadTsc(),
            reader.ReadDuration()
        )
        {
            Due = reader.ReadTime(),
            Served = reader.ReadBool(),
        };

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
        Write(writer, exit.Timer);
        writer.WriteBool(exit.Ipi is not null);
        if (exit.Ipi is { } ipi)
        {
            writer.WriteInt32((int)ipi.Mode);
            writer.WriteByte(ipi.Vector);
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
            ReadTimerRequest(reader),
            reader.ReadBool() ? ReadGuestIpi(reader) : null,
            reader.ReadBool(),
            reader.ReadDuration()
        );

    private static GuestIpi ReadGuestIpi(StateReader reader)
    {
        DeliveryMode mode = reader.ReadEnumeration<DeliveryMode>();
        byte vector = reader.ReadByte();
        var targets = new EntityId[reader.ReadCount()];
        for (int index = 0; index < targets.Length; index++)
        {
            targets[index] = reader.ReadEntity();
        }
        return new GuestIpi(mode, vector, ImmutableArray.Create(targets));
    }

    private static void Write(StateWriter writer, TimerRequest request)
    {
        writer.WriteInt32((int)request.Kind);
        writer.Write(request.Deadline);
        writer.Write(request.Due);
        writer.Write(request.Period);
        writer.WriteBool(request.IsCount);
        writer.WriteBool(request.Replaces);
    }

    private static TimerRequest ReadTimerRequest(StateReader reader) =>
        new(
            reader.ReadEnumeration<TimerRequestKind>(),
            reader.ReadTsc(),
            reader.ReadTime(),
            reader.ReadDuration()
        )
        {
            IsCount = reader.ReadBool(),
            Replaces = reader.ReadBool(),
        };

    private static void Write(StateWriter writer, VmEntry entry)
    {
        WriteEntity(writer, MessageKind.VmEntry, entry.Pcpu);
        writer.WriteInt64(entry.Entry);
        Write(writer, entry.Expired);
        Write(writer, entry.Next);
    }

    private static VmEntry ReadVmEntry(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadInt64(),
            ReadOptionalTsc(reader),
            ReadOptionalTime(reader)
        );

    private static void Write(StateWriter writer, PostedInterrupt posted)
    {
        WriteKind(writer, MessageKind.PostedInterrupt);
        writer.WriteByte(posted.Vector);
        writer.Write(posted.FromPcpu);
        Write(writer, posted.Deadline);
        Write(writer, posted.Next);
        writer.WriteInt32((int)posted.Poster);
    }

    private static PostedInterrupt ReadPostedInterrupt(StateReader reader) =>
        new(
            reader.ReadByte(),
            reader.ReadEntity(),
            ReadOptionalTsc(reader),
            ReadOptionalTime(reader),
            reader.ReadEnumeration<Poster>()
        );

    private static void Write(StateWriter writer, Wake wake)
    {
        WriteEntity(writer, MessageKind.Wake, wake.Vcpu);
        writer.WriteInt64(wake.Entry);
        Write(writer, wake.Waker);
        writer.WriteInt32((int)wake.Poster);
    }

    private static Wake ReadWake(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadInt64(),
            ReadOptionalEntity(reader),
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
        Write(writer, result.ArmedOn);
    }

    private static SyncResult ReadSyncResult(StateReader reader) =>
        new(
            reader.ReadEntity(),
            reader.ReadEnumeration<SyncOutcome>(),
            new PageRequest(reader.ReadTsc(), reader.ReadBool()),
            reader.ReadTime(),
            reader.ReadBool(),
            ReadOptionalEntity(reader)
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

    internal static void Write(StateWriter writer, VcpuThreadState thread)
    {
        writer.Write(thread.Vcpu);
        writer.WriteInt64(thread.Entry);
        writer.WriteBool(thread.Expired is not null);
        if (thread.Expired is { } expired)
        {
            writer.Write(expired.Deadline);
            writer.Write(expired.Due);
            Write(writer, expired.Next);
        }
        Write(writer, thread.ArmedOn);
        writer.WriteBool(thread.WakePending);
        writer.WriteBool(thread.CanTimerWake);
        writer.WriteBool(thread.Halted);
        writer.Write(thread.HaltedAt);
        writer.Write(thread.HaltPollWindow);
        writer.Write(thread.VirtualRuntime);
        Write(writer, thread.PausedUntil);
        writer.WriteBool(thread.Budget is not null);
        if (thread.Budget is { } budget)
        {
            CpuBudget.Transfer(new StateTransfer(writer), budget);
        }
        writer.WriteBool(thread.InHardware is not null);
        if (thread.InHardware is { } inHardware)
        {
            Write(writer, inHardware);
        }
        writer.WriteByte((byte)thread.Marks);
        writer.WriteBool(thread.Timer is not null);
        if (thread.Timer is { } timer)
        {
            Write(writer, timer);
        }
        if (thread.TunedAdvance is { } advance)
        {
            writer.Write(advance);
        }
    }

    private static ExpiredTimer ReadExpired(StateReader reader) =>
        new(reader.ReadTsc(), reader.ReadTime(), ReadOptionalTime(reader), IsEarly: false);

    internal static VcpuThreadState ReadThread(StateReader reader)
    {
        ThreadMarks marks = ThreadMarks.None;
        VcpuThreadState thread = new(
            reader.ReadEntity(),
            reader.ReadInt64(),
            reader.ReadBool() ? ReadExpired(reader) : null,
            ReadOptionalEntity(reader),
            reader.ReadBool(),
            reader.ReadBool(),
            reader.ReadBool(),
            reader.ReadTime(),
            reader.ReadDuration(),
            reader.ReadDuration(),
            ReadOptionalTime(reader),
            reader.ReadBool() ? CpuBudget.Transfer(new StateTransfer(reader), default) : null,
            reader.ReadBool() ? ReadHrtimer(reader) : null,
            (marks = VcpuThread.ReadMarks(reader)).HasFlag(ThreadMarks.TimerStaysInHost),
            reader.ReadBool() ? ReadHrtimer(reader) : null
        );
        return thread with
        {
            Expired = thread.Expired is { } expired
                ? expired with
                {
                    IsEarly = marks.HasFlag(ThreadMarks.ExpiredIsEarly),
                }
                : null,
            TunedAdvance = marks.HasFlag(ThreadMarks.TunesAdvance) ? reader.ReadDuration() : null,
        };
    }

    private static void Write(StateWriter writer, TscTicks? value)
    {
        writer.WriteBool(value is not null);
        if (value is { } ticks)
        {
            writer.Write(ticks);
        }
    }

    private static TscTicks? ReadOptionalTsc(StateReader reader) =>
        reader.ReadBool() ? reader.ReadTsc() : null;

    private static void Write(StateWriter writer, VirtualTime? value)
    {
        writer.WriteBool(value is not null);
        if (value is { } time)
        {
            writer.Write(time);
        }
    }

    private static VirtualTime? ReadOptionalTime(StateReader reader) =>
        reader.ReadBool() ? reader.ReadTime() : null;

    private static void Write(StateWriter writer, EntityId? value)
    {
        writer.WriteBool(value is not null);
        if (value is { } entity)
        {
            writer.Write(entity);
        }
    }

    private static EntityId? ReadOptionalEntity(StateReader reader) =>
        reader.ReadBool() ? reader.ReadEntity() : null;
}
