using System;
using System.IO;
using Google.Protobuf;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers.Tracks;

/// <summary>
/// Perfetto's own trace format: a stream of TracePackets with TrackEvents. Field numbers are those of Perfetto's
/// protos/perfetto/trace/trace_packet.proto, track_event/track_event.proto and track_event/track_descriptor.proto
/// (Apache-2.0), of which these few are all that is needed.
/// </summary>
/// <remarks>
/// <code>
///   Trace           1 packet
///   TracePacket     8 timestamp, 10 trusted_packet_sequence_id, 11 track_event, 13 sequence_flags, 60 track_descriptor
///   TrackDescriptor 1 uuid, 2 name, 5 parent_uuid
///   TrackEvent      9 type, 11 track_uuid, 23 name, 47 flow_ids, 48 terminating_flow_ids (both fixed64)
/// </code>
/// </remarks>
public sealed class PerfettoWriter : ITrackWriter
{
    private const uint Sequence = 1;
    private const int IncrementalStateCleared = 1;
    private const int SliceBegin = 1;
    private const int SliceEnd = 2;
    private const int TypeInstant = 3;

    private readonly Stream _stream;
    private readonly MemoryStream _packet = new();
    private readonly MemoryStream _inner = new();
    private bool _hasBegun;

    /// <param name="stream">Where to; stays open.</param>
    public PerfettoWriter(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
    }

    /// <inheritdoc/>
    public void Add(int track, int group, string name)
    {
        CodedOutputStream inner = Inner();
        Write(inner, 1, (ulong)track);
        Write(inner, 2, name);
        if (group != 0)
        {
            Write(inner, 5, (ulong)group);
        }
        Emit(inner, field: 60, at: null);
    }

    /// <inheritdoc/>
    public void Begin(int track, VirtualTime at, string name)
    {
        CodedOutputStream inner = Event(SliceBegin, track);
        Write(inner, 23, name);
        Emit(inner, field: 11, at);
    }

    /// <inheritdoc/>
    public void End(int track, VirtualTime at) => Emit(Event(SliceEnd, track), field: 11, at);

    /// <inheritdoc/>
    public void Instant(int track, VirtualTime at, string name, ulong flow, FlowStep step)
    {
        CodedOutputStream inner = Event(TypeInstant, track);
        Write(inner, 23, name);
        inner.WriteTag(step == FlowStep.Last ? 48 : 47, WireFormat.WireType.Fixed64);
        inner.WriteFixed64(flow);
        Emit(inner, field: 11, at);
    }

    public void Dispose()
    {
        _packet.Dispose();
        _inner.Dispose();
    }

    private CodedOutputStream Event(int type, int track)
    {
        CodedOutputStream inner = Inner();
        Write(inner, 9, (ulong)type);
        Write(inner, 11, (ulong)track);
        return inner;
    }

    private CodedOutputStream Inner()
    {
        _inner.SetLength(0);
        return new CodedOutputStream(_inner, leaveOpen: true);
    }

    private void Emit(CodedOutputStream inner, int field, VirtualTime? at)
    {
        inner.Flush();
        inner.Dispose();
        _packet.SetLength(0);
        using (CodedOutputStream packet = new(_packet, leaveOpen: true))
        {
            if (at is { } time)
            {
                Write(packet, 8, (ulong)time.Nanoseconds);
            }
            Write(packet, 10, Sequence);
            if (!_hasBegun)
            {
                _hasBegun = true;
                Write(packet, 13, IncrementalStateCleared);
            }
            packet.WriteTag(field, WireFormat.WireType.LengthDelimited);
            packet.WriteBytes(ByteString.CopyFrom(_inner.GetBuffer(), 0, (int)_inner.Length));
        }
        using CodedOutputStream trace = new(_stream, leaveOpen: true);
        trace.WriteTag(1, WireFormat.WireType.LengthDelimited);
        trace.WriteLength((int)_packet.Length);
        trace.Flush();
        _stream.Write(_packet.GetBuffer(), 0, (int)_packet.Length);
    }

    private static void Write(CodedOutputStream to, int field, ulong value)
    {
        to.WriteTag(field, WireFormat.WireType.Varint);
        to.WriteUInt64(value);
    }

    private static void Write(CodedOutputStream to, int field, string value)
    {
        to.WriteTag(field, WireFormat.WireType.LengthDelimited);
        to.WriteString(value);
    }
}
