using System;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Actor;
using Akka.Serialization;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Wire;

/// <summary>
/// The form of all messages between nodes. What comes in every round (window frames) or in bulk (frozen
/// cells) is binary; the few messages of the control plane are JSON documents, so that a log or a packet
/// dump can be read.
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system)
    : SerializerWithStringManifest(system)
{
    private static readonly JsonSerializerOptions Json = Options();

    private static JsonSerializerOptions Options()
    {
        JsonSerializerOptions options = new()
        {
            Converters = { new JsonStringEnumConverter(), new OneLineConverter() },
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            IgnoreReadOnlyProperties = true,
        };
        NanosecondsConverter.AddTo(options);
        return options;
    }

    /// <summary>By which a message on the wire says that it has this form.</summary>
    public const int Number = 770_001;

    public override int Identifier => Number;

    public override string Manifest(object o) => WireManifests.Of(o);

    public override byte[] ToBinary(object obj) =>
        obj switch
        {
            WindowFrame frame => frame.ToBytes(),
            CellParcel parcel => parcel.ToBytes(),
            _ => JsonSerializer.SerializeToUtf8Bytes(obj, obj.GetType(), Json),
        };

    /// <exception cref="SerializationException">A form of another version, damaged bytes, or what may not be in a message.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case WireManifests.Frame:
                return WindowFrame.FromBytes(bytes);
            case WireManifests.Parcel:
                return CellParcel.FromBytes(bytes);
            default:
                return ReadDocument(bytes, manifest);
        }
    }

    private object ReadDocument(byte[] bytes, string manifest)
    {
        try
        {
            return WireManifests.ControlType(manifest) is not { } type
                ? throw new SerializationException("another version's, or none at all")
                : JsonSerializer.Deserialize(bytes, type, Json)
                    ?? throw new SerializationException("empty");
        }
        catch (Exception e) when (e is SerializationException or JsonException)
        {
            ConnectionGuard.Of(system).CountRefused();
            throw new SerializationException(
                $"message '{PlainText.OneLine(manifest)}': {e.Message}",
                e
            );
        }
    }
}
