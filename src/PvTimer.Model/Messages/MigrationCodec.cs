using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;

namespace PvTimer.Model.Messages;

/// <summary>The messages of live migration as bytes, for <see cref="MessageCodec"/>.</summary>
internal static class MigrationCodec
{
    /// <summary>Whether the message is one of them, and has more to say than its kind.</summary>
    public static bool TryWrite(StateWriter writer, Message message)
    {
        switch (message)
        {
            case MigrateVm migrate:
                MessageCodec.WriteEntity(writer, MessageKind.MigrateVm, migrate.ToMover);
                break;
            case StopVcpu stop:
                MessageCodec.WriteEntity(writer, MessageKind.StopVcpu, stop.Mover);
                break;
            case StopThread stop:
                MessageCodec.WriteEntity(writer, MessageKind.StopThread, stop.Vcpu);
                break;
            case ThreadStopped stopped:
                MessageCodec.WriteKind(writer, MessageKind.ThreadStopped);
                VcpuThreadState.Write(writer, stopped.Thread);
                break;
            case WithdrawPage withdraw:
                MessageCodec.WriteEntity(writer, MessageKind.WithdrawPage, withdraw.Vcpu);
                break;
            case DropTimer drop:
                MessageCodec.WriteEntity(writer, MessageKind.DropTimer, drop.Vcpu);
                break;
            case SaveVcpu save:
                MessageCodec.WriteNumber(writer, MessageKind.SaveVcpu, save.StoppedAt.Nanoseconds);
                break;
            case VcpuSaved saved:
                MessageCodec.WriteNumber(writer, MessageKind.VcpuSaved, saved.Vcpu);
                writer.WriteBytes(saved.State.AsSpan());
                break;
            case VmArrives vm:
                Write(writer, vm);
                break;
            case RestoreVcpu restore:
                MessageCodec.WriteNumber(
                    writer,
                    MessageKind.RestoreVcpu,
                    restore.StoppedAt.Nanoseconds
                );
                writer.WriteBytes(restore.State.AsSpan());
                break;
            case PageArrived arrived:
                MessageCodec.WriteEntity(writer, MessageKind.PageArrived, arrived.Vcpu);
                writer.Write(arrived.Clock);
                break;
            default:
                return false;
        }
        return true;
    }

    public static Message Read(StateReader reader, MessageKind kind) =>
        kind switch
        {
            MessageKind.PreCopyDone => PreCopyDone.Instance,
            MessageKind.TimerDropped => TimerDropped.Instance,
            MessageKind.VcpuStopped => VcpuStopped.Instance,
            MessageKind.MigrateVm => new MigrateVm(reader.ReadEntity()),
            MessageKind.StopVcpu => new StopVcpu(reader.ReadEntity()),
            MessageKind.StopThread => new StopThread(reader.ReadEntity()),
            MessageKind.ThreadStopped => new ThreadStopped(VcpuThreadState.Read(reader)),
            MessageKind.WithdrawPage => new WithdrawPage(reader.ReadEntity()),
            MessageKind.DropTimer => new DropTimer(reader.ReadEntity()),
            MessageKind.SaveVcpu => new SaveVcpu(reader.ReadTime()),
            MessageKind.VcpuSaved => new VcpuSaved(reader.ReadInt32(), reader.ReadBytes()),
            MessageKind.VmArrives => ReadVmArrives(reader),
            MessageKind.RestoreVcpu => new RestoreVcpu(reader.ReadTime(), reader.ReadBytes()),
            MessageKind.PageArrived => new PageArrived(reader.ReadEntity(), reader.ReadClock()),
            _ => throw reader.Damaged($"{(byte)kind} is no kind of message"),
        };

    private static void Write(StateWriter writer, VmArrives vm)
    {
        MessageCodec.WriteEntity(writer, MessageKind.VmArrives, vm.From);
        writer.Write(vm.BegunAt);
        writer.Write(vm.StopAt);
        writer.Write(vm.StoppedAt);
        writer.WriteCount(vm.Vcpus.Length);
        foreach (ImmutableArray<byte> vcpu in vm.Vcpus)
        {
            writer.WriteBytes(vcpu.AsSpan());
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
            vcpus[index] = reader.ReadBytes();
        }
        return new VmArrives(from, begunAt, stopAt, stoppedAt, ImmutableArray.Create(vcpus));
    }
}
