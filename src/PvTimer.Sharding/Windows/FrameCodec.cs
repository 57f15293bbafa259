using System;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// All batches from the regions of one node to the regions of another as bytes, and back.
/// </summary>
/// <remarks>
/// <code>
///   per region of the sender:     flags | next time | handled | look
///      per region of the receiver:   events | per event: time, source, number, target, message
/// </code>
/// Times are written as distances: an event's from the one before it, so that they take few bytes.
/// </remarks>
/// <param name="self">The node that encodes and decodes.</param>
internal sealed class FrameCodec(FramePeer self)
{
    [Flags]
    private enum Marks
    {
        None = 0,
        Stop = 1,
        Failed = 2,
        Pause = 4,
        Checkpoint = 8,
    }

    private readonly StateWriter _writer = new();

    /// <summary>What this node's regions have for another's; valid until the next one is encoded.</summary>
    public ReadOnlySpan<byte> Encode(BatchTable batches, FramePeer to)
    {
        _writer.Clear();
        for (int from = self.First; from < self.First + self.Count; from++)
        {
            // What a region tells about itself it tells everybody alike.
            WindowBatch any = batches[from, to.First];
            _writer.WriteByte((byte)MarksOf(any));
            _writer.Write(any.NextTime);
            _writer.WriteInt64(any.Handled);
            _writer.WriteInt32(any.Look);
            for (int target = to.First; target < to.First + to.Count; target++)
            {
                WriteEvents(batches[from, target].Events);
            }
        }
        return _writer.Written;
    }

    /// <summary>Puts what another node's regions have for this node's into the table.</summary>
    /// <exception cref="StateFormatException">The bytes are not what <see cref="Encode"/> wrote.</exception>
    public void Decode(ReadOnlyMemory<byte> content, BatchTable batches, FramePeer from, long round)
    {
        var reader = new StateReader(content);
        for (int source = from.First; source < from.First + from.Count; source++)
        {
            var marks = (Marks)reader.ReadByte();
            VirtualTime next = reader.ReadTime();
            long handled = reader.ReadInt64();
            int look = reader.ReadInt32();
            for (int target = self.First; target < self.First + self.Count; target++)
            {
                WindowBatch batch = batches[source, target];
                batch.Clear();
                batch.Round = round;
                batch.From = source;
                batch.NextTime = next;
                batch.Handled = handled;
                batch.Look = look;
                batch.Stop = marks.HasFlag(Marks.Stop);
                batch.Failed = marks.HasFlag(Marks.Failed);
                batch.Pause = marks.HasFlag(Marks.Pause);
                batch.Checkpoint = marks.HasFlag(Marks.Checkpoint);
                ReadEvents(reader, batch);
            }
        }
        reader.ExpectEnd();
    }

    private static Marks MarksOf(WindowBatch batch) =>
        (batch.Stop ? Marks.Stop : Marks.None)
        | (batch.Failed ? Marks.Failed : Marks.None)
        | (batch.Pause ? Marks.Pause : Marks.None)
        | (batch.Checkpoint ? Marks.Checkpoint : Marks.None);

    private void WriteEvents(ReadOnlySpan<PendingEvent> events)
    {
        _writer.WriteCount(events.Length);
        VirtualTime before = VirtualTime.Zero;
        foreach (ref readonly PendingEvent pending in events)
        {
            _writer.Write(pending.Key.Time - before);
            _writer.Write(pending.Key.Source);
            _writer.WriteInt64(pending.Key.Sequence);
            _writer.Write(pending.Target);
            MessageCodec.Write(_writer, pending.Message);
            before = pending.Key.Time;
        }
    }

    private static void ReadEvents(StateReader reader, WindowBatch batch)
    {
        VirtualTime before = VirtualTime.Zero;
        for (int left = reader.ReadCount(); left > 0; left--)
        {
            VirtualTime time = before + reader.ReadDuration();
            EntityId source = reader.ReadEntity();
            long sequence = reader.ReadInt64();
            EntityId target = reader.ReadEntity();
            batch.Add(
                new PendingEvent(
                    new EventKey(time, source, sequence),
                    target,
                    MessageCodec.Read(reader)
                )
            );
            before = time;
        }
    }
}
