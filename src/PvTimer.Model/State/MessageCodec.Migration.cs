using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.Model.State;

/// <content>Messages of live migration.</content>
public static partial class MessageCodec
{
    private static void WriteMigration(StateWriter writer, Message message)
    {
        switch (message)
        {
            case MigrateVm migrate:
                WriteEntity(writer, MessageKind.MigrateVm, migrate.ToMover);
                break;
            case StopVcpu stop:
                WriteEntity(writer, MessageKind.StopVcpu, stop.Mover);
                break;
            case StopThread stop:
                WriteEntity(writer, MessageKind.StopThread, stop.Vcpu);
                break;
            case ThreadStopped stopped:
                WriteKind(writer, MessageKind.ThreadStopped);
                Write(writer, stopped.Thread);
                break;
            case WithdrawPage withdraw:
                WriteEntity(writer, MessageKind.WithdrawPage, withdraw.Vcpu);
                break;
            case DropTimer drop:
                WriteEntity(writer, MessageKind.DropTimer, drop.Vcpu);
                break;
            case SaveVcpu save:
                WriteNumber(writer, MessageKind.SaveVcpu, save.StoppedAt.Nanoseconds);
                break;
            case VcpuSaved saved:
                WriteNumber(writer, MessageKind.VcpuSaved, saved.Vcpu);
                WriteBytes(writer, saved.State);
                break;
            case VmArrives vm:
                Write(writer, vm);
                break;
            case RestoreVcpu restore:
                WriteNumber(writer, MessageKind.RestoreVcpu, restore.StoppedAt.Nanoseconds);
                WriteBytes(writer, restore.State);
                break;
            case PageArrived arrived:
                WriteEntity(writer, MessageKind.PageArrived, arrived.Vcpu);
                writer.Write(arrived.Clock);
                break;
            default:
                WriteKind(writer, KindOfBare(message));
                break;
        }
    }

    private static Message ReadMigration(StateReader reader, MessageKind kind) =>
        kind switch
        {
            MessageKind.PreCopyDone => PreCopyDone.Instance,
            MessageKind.TimerDropped => TimerDropped.Instance,
            MessageKind.VcpuStopped => VcpuStopped.Instance,
            MessageKind.MigrateVm => new MigrateVm(reader.ReadEntity()),
            MessageKind.StopVcpu => new StopVcpu(reader.ReadEntity()),
            MessageKind.StopThread => new StopThread(reader.ReadEntity()),
            MessageKind.ThreadStopped => new ThreadStopped(ReadThread(reader)),
            MessageKind.WithdrawPage => new WithdrawPage(reader.ReadEntity()),
            MessageKind.DropTimer => new DropTimer(reader.ReadEntity()),
            MessageKind.SaveVcpu => new SaveVcpu(reader.ReadTime()),
            MessageKind.VcpuSaved => new VcpuSaved(reader.ReadInt32(), ReadBytes(reader)),
            MessageKind.VmArrives => ReadVmArrives(reader),
            MessageKind.RestoreVcpu => new RestoreVcpu(reader.ReadTime(), ReadBytes(reader)),
            MessageKind.PageArrived => new PageArrived(reader.ReadEntity(), reader.ReadClock()),
            _ => throw reader.Damaged($"{(byte)kind} is no kind of message"),
        };

    private static void Write(StateWriter writer, VmArrives vm)
    {
        WriteEntity(writer, MessageKind.VmArrives, vm.From);
        writer.Write(vm.BegunAt);
        writer.Write(vm.StopAt);
        writer.Write(vm.StoppedAt);
        writer.WriteCount(vm.Vcpus.Length);
        foreach (ImmutableArray<byte> vcpu in vm.Vcpus)
        {
            WriteBytes(writer, vcpu);
        }
    }

    private static VmArrives ReadVmArrives(StateReader reader)
    {
        EntityId from = reader.ReadEntity();
        VirtualTime begunAt = reader.ReadTime();
        VirtualTime stopAt = reader.ReadTime();
        VirtualTime stoppedAt = reader.ReadTime();
        var vcpus = new ImmutableArray<byte>[reader.ReadCount()];
        for (int index = 0; index < vcpus.Length; index++)
        {
            vcpus[index] = ReadBytes(reader);
        }
        return new VmArrives(from, begunAt, stopAt, stoppedAt, ImmutableArray.Create(vcpus));
    }

    internal static void WriteBytes(StateWriter writer, ImmutableArray<byte> bytes)
    {
        writer.WriteCount(bytes.Length);
        foreach (byte value in bytes)
        {
            writer.WriteByte(value);
        }
    }

    internal static ImmutableArray<byte> ReadBytes(StateReader reader)
    {
        var bytes = new byte[reader.ReadCount()];
        for (int index = 0; index < bytes.Length; index++)
        {
            bytes[index] = reader.ReadByte();
        }
        return ImmutableArray.Create(bytes);
    }
}
