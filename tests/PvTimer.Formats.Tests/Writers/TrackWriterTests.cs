using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using PvTimer.Formats.Writers.Tracks;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Writers;

/// <summary>
/// The two forms of tracks. Perfetto's own reader is in no package registry that tests may use, so what is checked is the
/// wire format, by a decoder that knows nothing but protobuf's own rules, and the field numbers of Perfetto's .proto files.
/// </summary>
public class TrackWriterTests
{
    private static VirtualTime At(long nanoseconds) => VirtualTime.FromNanoseconds(nanoseconds);

    private static void WriteSample(ITrackWriter writer)
    {
        writer.Add(3, 0, "h0");
        writer.Add(1, 3, "h0/pcpu-0");
        writer.Begin(1, At(1_000), "guest \"web\"");
        writer.Instant(1, At(1_500), "write #1", 77, FlowStep.First);
        writer.Instant(1, At(1_700), "delivery #1", 77, FlowStep.Last);
        writer.End(1, At(2_345_678));
        writer.Dispose();
    }

    [Fact]
    public void Perfetto_packets_have_the_fields_of_its_proto_files()
    {
        using MemoryStream stream = new();
        WriteSample(new PerfettoWriter(stream));
        List<Field> trace = Decode(stream.ToArray());
        Assert.All(trace, packet => Assert.Equal(1, packet.Number));
        List<Field>[] packets = [.. trace.Select(packet => Decode(packet.Bytes!))];
        Assert.Equal(6, packets.Length);
        Assert.All(packets, packet => Assert.Equal(1UL, One(packet, 10).Value));
        Assert.Equal(1UL, One(packets[0], 13).Value);

        List<Field> group = Decode(One(packets[0], 60).Bytes!);
        Assert.Equal(3UL, One(group, 1).Value);
        Assert.Equal("h0", Text(One(group, 2)));
        List<Field> track = Decode(One(packets[1], 60).Bytes!);
        Assert.Equal(1UL, One(track, 1).Value);
        Assert.Equal(3UL, One(track, 5).Value);

        Assert.Equal(1_000UL, One(packets[2], 8).Value);
        List<Field> begin = Decode(One(packets[2], 11).Bytes!);
        Assert.Equal((1UL, 1UL), (One(begin, 9).Value, One(begin, 11).Value));
        Assert.Equal("guest \"web\"", Text(One(begin, 23)));

        Field first = One(Decode(One(packets[3], 11).Bytes!), 47);
        Assert.Equal((1, 77UL), (first.Wire, first.Value));
        Field last = One(Decode(One(packets[4], 11).Bytes!), 48);
        Assert.Equal((1, 77UL), (last.Wire, last.Value));
        Assert.Equal(3UL, One(Decode(One(packets[4], 11).Bytes!), 9).Value);

        Assert.Equal(2_345_678UL, One(packets[5], 8).Value);
        Assert.Equal(2UL, One(Decode(One(packets[5], 11).Bytes!), 9).Value);
    }

    [Fact]
    public void Chrome_document_has_its_times_in_microseconds_with_nanoseconds_behind_the_point()
    {
        using MemoryStream stream = new();
        WriteSample(new ChromeTraceWriter(stream));
        JsonArray events = JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))![
            "traceEvents"
        ]!.AsArray();
        Assert.Equal(
            "M M B X s X f E",
            string.Join(' ', events.Select(each => (string)each!["ph"]!))
        );
        Assert.Equal("guest \"web\"", (string)events[2]!["name"]!);
        Assert.Equal("guest \"web\"", (string)events[^1]!["name"]!);
        Assert.Equal("2345.678", events[^1]!["ts"]!.ToJsonString());
        Assert.Equal((3, 1), ((int)events[2]!["pid"]!, (int)events[2]!["tid"]!));
        Assert.Equal((ulong)events[4]!["id"]!, (ulong)events[6]!["id"]!);
    }

    private sealed record Field(int Number, int Wire, ulong Value, byte[]? Bytes);

    private static Field One(List<Field> of, int number) =>
        Assert.Single(of, field => field.Number == number);

    private static string Text(Field field) => Encoding.UTF8.GetString(field.Bytes!);

    private static List<Field> Decode(byte[] bytes)
    {
        List<Field> fields = [];
        int at = 0;
        while (at < bytes.Length)
        {
            ulong tag = Varint(bytes, ref at);
            int wire = (int)(tag & 7);
            ulong value = 0;
            byte[]? inner = null;
            switch (wire)
            {
                case 0:
                    value = Varint(bytes, ref at);
                    break;
                case 1:
                    value = System.BitConverter.ToUInt64(bytes, at);
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(bytes, ref at);
                    inner = bytes[at..(at + length)];
                    at += length;
                    break;
                default:
                    Assert.Fail($"wire type {wire}");
                    break;
            }
            fields.Add(new Field((int)(tag >> 3), wire, value, inner));
        }
        return fields;
    }

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
