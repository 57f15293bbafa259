using System;
using System.IO;
using Google.Protobuf;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>A packet that Akka would read otherwise than the guard does must not pass.</summary>
public sealed class RemotingPacketTests
{
    private const string Front = "akka.tcp://pvtimer@127.0.0.1:1/user/front";
    private const string Node = "akka.tcp://pvtimer@127.0.0.1:1/user/node";

    [Fact]
    public void Packet_as_akka_writes_it_is_read()
    {
        RemotingPacket read = RemotingPacket.Read(Packet(Envelope(Path(1, Front))));
        Assert.Equal(
            (Front, 770_001, "ask-run/1", false),
            (read.Recipient, read.Serializer, read.Manifest, read.IsReliable)
        );
    }

    [Fact]
    public void Second_path_under_another_number_is_refused() =>
        Refused(Packet(Envelope([.. Path(1, Node), .. Path(99, Front)])));

    [Fact]
    public void Second_path_under_the_same_number_is_refused() =>
        Refused(Packet(Envelope([.. Path(1, Node), .. Path(1, Front)])));

    [Fact]
    public void Field_that_akka_skips_hides_nothing() =>
        Refused(Packet([.. Envelope(Path(1, Node)), .. Field(77, Field(1, Path(1, Front)))]));

    [Fact]
    public void Second_payload_or_envelope_is_refused()
    {
        byte[] one = Field(1, Field(2, Envelope(Path(1, Node))));
        byte[] other = Field(1, Field(2, Envelope(Path(1, Front))));
        Refused(ByteString.CopyFrom([.. one, .. other]));
        Refused(
            ByteString.CopyFrom(
                Field(
                    1,
                    [.. Field(2, Envelope(Path(1, Node))), .. Field(2, Envelope(Path(1, Front)))]
                )
            )
        );
    }

    [Fact]
    public void Number_that_is_written_as_bytes_is_refused() =>
        Refused(Packet([.. Field(1, Path(1, Front)), .. Field(2, Field(2, [1, 2, 3]))]));

    private static void Refused(ByteString packet) =>
        Assert.Throws<InvalidDataException>(() => RemotingPacket.Read(packet));

    private static ByteString Packet(byte[] envelope) =>
        ByteString.CopyFrom(Field(1, Field(2, envelope)));

    private static byte[] Envelope(byte[] recipient)
    {
        byte[] message =
        [
            .. Field(1, "{}"u8.ToArray()),
            .. Written(output =>
            {
                output.WriteTag(2, WireFormat.WireType.Varint);
                output.WriteInt32(770_001);
            }),
            .. Field(3, "ask-run/1"u8.ToArray()),
        ];
        return [.. Field(1, recipient), .. Field(2, message)];
    }

    private static byte[] Path(int number, string path) =>
        Written(output =>
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteString(path);
        });

    private static byte[] Field(int number, byte[] content) =>
        Written(output =>
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        });

    private static byte[] Written(Action<CodedOutputStream> write)
    {
        using MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            write(output);
        }
        return stream.ToArray();
    }
}
