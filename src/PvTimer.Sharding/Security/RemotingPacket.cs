using System;
using System.IO;
using System.Text;
using Google.Protobuf;

namespace PvTimer.Sharding.Security;

/// <summary>
/// The fields of a packet of Akka.Remote that decide whether it may pass. Akka keeps its own classes for them to
/// itself; the numbers are those of its public wire formats (WireFormats.proto, ContainerFormats.proto).
/// </summary>
/// <remarks>
/// <code>
///   AkkaProtocolMessage:      1 payload = AckAndEnvelopeContainer | 2 instruction = AkkaControlMessage
///   AckAndEnvelopeContainer:  1 ack { 1 number | 2 numbers that are missing } | 2 envelope = RemoteEnvelope
///   RemoteEnvelope:           1 recipient { 1 path } | 2 message | 4 sender { 1 path } | 5 number
///   message (Payload):        1 bytes | 2 serializer | 3 manifest
///   AkkaControlMessage:       1 command | 2 handshake { 1 origin { 1 system, 2 host, 3 port } | 2 uid }
/// </code>
/// </remarks>
internal sealed class RemotingPacket
{
    // Tags: the field's number, and in the last three bits how its value is written.
    private const uint Varint = 0;
    private const uint Fixed64 = 1;
    private const uint Bytes = 2;

    /// <summary>What a connection has in flight that its receiver can miss; Akka's own buffer is not larger.</summary>
    private const int MostMissing = 20_000;

    private const uint Field1 = (1 << 3) | Bytes;
    private const uint Field2 = (2 << 3) | Bytes;
    private const uint Field3 = (3 << 3) | Bytes;
    private const uint Field4 = (4 << 3) | Bytes;

    private RemotingPacket() { }

    /// <summary>Where the sender says it is, "system@host:port"; null: the packet does not say it.</summary>
    public string? Origin { get; private set; }

    /// <summary>The path of the actor that it is for; null: it is for none.</summary>
    public string? Recipient { get; private set; }

    /// <summary>The path of the actor that is to be answered; null: none is.</summary>
    public string? Sender { get; private set; }

    /// <summary>The serializer's number.</summary>
    public int Serializer { get; private set; }

    /// <summary>What the serializer calls the message.</summary>
    public string Manifest { get; private set; } = "";

    /// <summary>It is acknowledged and repeated, as only Akka's own messages are.</summary>
    public bool IsReliable { get; private set; }

    /// <summary>
    /// Only what Akka itself writes: a field that is not known here, that is repeated or out of order could be
    /// read otherwise by Akka than here, and so pass for another packet.
    /// </summary>
    /// <exception cref="InvalidDataException">It is no such packet.</exception>
    public static RemotingPacket Read(ByteString packet)
    {
        try
        {
            RemotingPacket read = new();
            Each(
                packet,
                (tag, content) =>
                    tag switch
                    {
                        Field1 => read.ReadContainer(content.ReadBytes()),
                        Field2 => read.ReadInstruction(content.ReadBytes()),
                        _ => false,
                    }
            );
            return read;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw new InvalidDataException("a packet that is none of Akka's", e);
        }
    }

    private bool ReadContainer(ByteString container) =>
        Each(
            container,
            (tag, content) =>
                tag switch
                {
                    Field1 => ReadAcknowledgement(content.ReadBytes()),
                    Field2 => ReadEnvelope(content.ReadBytes()),
                    _ => false,
                }
        );

    private static bool ReadAcknowledgement(ByteString acknowledgement) =>
        Each(
            acknowledgement,
            (tag, content) =>
            {
                switch (tag)
                {
                    case (1 << 3) | Fixed64:
                        content.ReadFixed64();
                        return true;
                    case Field2:
                        ByteString missing = content.ReadBytes();
                        return missing.Length % sizeof(ulong) == 0
                            && missing.Length / sizeof(ulong) <= MostMissing;
                    default:
                        return false;
                }
            }
        );

    private bool ReadEnvelope(ByteString envelope)
    {
        // Without its number Akka takes it for the first of those that are acknowledged.
        IsReliable = true;
        Each(
            envelope,
            (tag, content) =>
            {
                switch (tag)
                {
                    case Field1:
                        Recipient = PathOf(content.ReadBytes());
                        return true;
                    case Field2:
                        return ReadMessage(content.ReadBytes());
                    case Field4:
                        Sender = PathOf(content.ReadBytes());
                        return true;
                    case (5 << 3) | Fixed64:
                        // Akka writes the greatest number where there is none.
                        IsReliable = content.ReadFixed64() != ulong.MaxValue;
                        return true;
                    default:
                        return false;
                }
            }
        );
        return Recipient is not null;
    }

    private bool ReadMessage(ByteString message) =>
        Each(
            message,
            (tag, content) =>
            {
                switch (tag)
                {
                    case Field1:
                        return content.ReadBytes() is not null;
                    case (2 << 3) | Varint:
                        Serializer = content.ReadInt32();
                        return true;
                    case Field3:
                        Manifest = Encoding.UTF8.GetString(content.ReadBytes().Span);
                        return true;
                    default:
                        return false;
                }
            }
        );

    private bool ReadInstruction(ByteString instruction) =>
        Each(
            instruction,
            (tag, content) =>
                tag switch
                {
                    (1 << 3) | Varint => content.ReadEnum() >= 0,
                    Field2 => ReadHandshake(content.ReadBytes()),
                    _ => false,
                }
        );

    private bool ReadHandshake(ByteString handshake) =>
        Each(
            handshake,
            (tag, content) =>
            {
                switch (tag)
                {
                    case Field1:
                        Origin = AddressOf(content.ReadBytes());
                        return true;
                    case (2 << 3) | Fixed64:
                        content.ReadFixed64();
                        return true;
                    default:
                        return false;
                }
            }
        );

    private static string PathOf(ByteString actor)
    {
        string path = "";
        Each(actor, (tag, content) => tag == Field1 && (path = content.ReadString()) is not null);
        return path;
    }

    private static string AddressOf(ByteString address)
    {
        (string system, string host, uint port) = ("", "", 0);
        Each(
            address,
            (tag, content) =>
            {
                switch (tag)
                {
                    case Field1:
                        system = content.ReadString();
                        return true;
                    case Field2:
                        host = content.ReadString();
                        return true;
                    case (3 << 3) | Varint:
                        port = content.ReadUInt32();
                        return true;
                    default:
                        return tag == Field4 && content.ReadString() is not null;
                }
            }
        );
        return $"{system}@{host}:{port}";
    }

    /// <summary>Has each field of a message taken by its tag; they ascend, and all of them are known.</summary>
    private static bool Each(ByteString message, Func<uint, CodedInputStream, bool> take)
    {
        CodedInputStream input = message.CreateCodedInput();
        uint last = 0;
        while (input.ReadTag() is not 0 and uint tag)
        {
            if (tag <= last || !take(tag, input))
            {
                throw new InvalidDataException("a packet that Akka does not write");
            }
            last = tag;
        }
        return true;
    }
}
