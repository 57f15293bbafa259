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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Packet_without_its_number_is_one_that_is_acknowledged(bool isLeftOut)
    {
        byte[] whole = Envelope(Path(1, Front));
        byte[] envelope = isLeftOut ? whole[..^9] : [.. whole[..^9], .. Number(5, 7)];
        Assert.True(RemotingPacket.Read(Packet(envelope)).IsReliable);
    }

    [Fact]
    public void Envelope_for_nobody_is_refused() => Refused(Packet(Envelope(Path(1, Front))[^9..]));

    [Fact]
    public void Acknowledgement_is_read_to_its_end()
    {
        byte[] missing = [.. BitConverter.GetBytes(3UL), .. BitConverter.GetBytes(5UL)];
        byte[] akkas = [.. Number(1, 7), .. Field(2, missing)];
        Assert.Null(RemotingPacket.Read(Acknowledgement(akkas)).Recipient);
        Assert.Null(RemotingPacket.Read(Acknowledgement(Number(1, 7))).Recipient);
        Refused(Acknowledgement([.. akkas, .. Field(9, Path(1, Front))]));
        Refused(Acknowledgement(Field(1, [1, 2, 3])));
        Refused(Acknowledgement([.. Number(1, 7), .. Field(2, missing[..^1])]));
        Refused(Acknowledgement([.. Number(1, 7), .. Field(2, new byte[8 * 20_001])]));
    }

    private static ByteString Acknowledgement(byte[] content) =>
        ByteString.CopyFrom(Field(1, Field(1, content)));

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
        return [.. Field(1, recipient), .. Field(2, message), .. Number(5, ulong.MaxValue)];
    }

    private static byte[] Number(int field, ulong value) =>
        Written(output =>
        {
            output.WriteTag(field, WireFormat.WireType.Fixed64);
            output.WriteFixed64(value);
        });

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
