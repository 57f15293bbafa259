using System;
using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Actor;
using Akka.Serialization;
using PvTimer.Sharding.Nodes;
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
            Converters = { new JsonStringEnumConverter() },
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            IgnoreReadOnlyProperties = true,
        };
        NanosecondsConverter.AddTo(options);
        return options;
    }

    public override int Identifier => 770_001;

    public override string Manifest(object o) => WireManifests.Of(o);

    public override byte[] ToBinary(object obj) =>
        obj switch
        {
            WindowFrame frame => frame.ToBytes(),
            CellParcel parcel => parcel.ToBytes(),
            _ => JsonSerializer.SerializeToUtf8Bytes(obj, obj.GetType(), Json),
        };

    /// <exception cref="SerializationException">A form of another version, or damaged bytes.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case WireManifests.Frame:
                return WindowFrame.FromBytes(bytes);
            case WireManifests.Parcel:
                return CellParcel.FromBytes(bytes);
            default:
                Type type =
                    WireManifests.ControlType(manifest)
                    ?? throw new SerializationException(
                        $"'{manifest}' is not known; the node that sent it runs another version"
                    );
                return JsonSerializer.Deserialize(bytes, type, Json)
                    ?? throw new SerializationException($"'{manifest}' is empty");
        }
    }
}
