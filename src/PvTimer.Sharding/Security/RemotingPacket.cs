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
///   AckAndEnvelopeContainer:  1 ack | 2 envelope = RemoteEnvelope
///   RemoteEnvelope:           1 recipient { 1 path } | 2 message | 4 sender { 1 path } | 5 number
///   message (Payload):        1 bytes | 2 serializer | 3 manifest
///   AkkaControlMessage:       1 command | 2 handshake { 1 origin { 1 system, 2 host, 3 port } | 2 uid }
/// </code>
/// </remarks>
internal sealed class RemotingPacket
{
    private const int LengthDelimited = 2;

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

    /// <exception cref="InvalidDataException">It is no such packet.</exception>
    public static RemotingPacket Read(ByteString packet)
    {
        try
        {
            RemotingPacket read = new();
            Each(
                packet,
                (field, content) =>
                {
                    if (field == 1)
                    {
                        read.ReadContainer(content.ReadBytes());
                    }
                    else
                    {
                        read.ReadInstruction(content.ReadBytes());
                    }
                }
            );
            return read;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw new InvalidDataException("a packet that is none of Akka's", e);
        }
    }

    private void ReadContainer(ByteString container) =>
        Each(
            container,
            (field, content) =>
            {
                ByteString part = content.ReadBytes();
                if (field == 2)
                {
                    ReadEnvelope(part);
                }
            }
        );

    private void ReadEnvelope(ByteString envelope) =>
        Each(
            envelope,
            (field, content) =>
            {
                switch (field)
                {
                    case 1:
                        Recipient = PathOf(content.ReadBytes());
                        break;
                    case 2:
                        ReadMessage(content.ReadBytes());
                        break;
                    case 4:
                        Sender = PathOf(content.ReadBytes());
                        break;
                    default:
                        // Akka writes the greatest number where there is none.
                        IsReliable |= field == 5 && content.ReadFixed64() != ulong.MaxValue;
                        break;
                }
            }
        );

    private void ReadMessage(ByteString message) =>
        Each(
            message,
            (field, content) =>
            {
                if (field == 2)
                {
                    Serializer = content.ReadInt32();
                }
                else
                {
                    ByteString bytes = content.ReadBytes();
                    Manifest = field == 3 ? Encoding.UTF8.GetString(bytes.Span) : Manifest;
                }
            }
        );

    private void ReadInstruction(ByteString instruction) =>
        Each(
            instruction,
            (field, content) =>
            {
                if (field == 1)
                {
                    content.ReadEnum();
                    return;
                }
                Each(
                    content.ReadBytes(),
                    (part, inner) =>
                    {
                        if (part == 1)
                        {
                            Origin = AddressOf(inner.ReadBytes());
                        }
                        else
                        {
                            inner.ReadFixed64();
                        }
                    }
                );
            }
        );

    private static string PathOf(ByteString actor)
    {
        string path = "";
        Each(actor, (_, content) => path = content.ReadString());
        return path;
    }

    private static string AddressOf(ByteString address)
    {
        (string system, string host, uint port) = ("", "", 0);
        Each(
            address,
            (field, content) =>
            {
                switch (field)
                {
                    case 1:
                        system = content.ReadString();
                        break;
                    case 2:
                        host = content.ReadString();
                        break;
                    case 3:
                        port = content.ReadUInt32();
                        break;
                    default:
                        content.ReadString();
                        break;
                }
            }
        );
        return $"{system}@{host}:{port}";
    }

    /// <summary>Has each field of a message taken by its number.</summary>
    private static void Each(ByteString message, Action<int, CodedInputStream> take)
    {
        CodedInputStream input = message.CreateCodedInput();
        while (input.ReadTag() is not 0 and uint tag)
        {
            take((int)(tag >> 3), input);
        }
    }
}
