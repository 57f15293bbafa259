using System.Runtime.Serialization;
using System.Text.Json;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Wire;

/// <summary>
/// The form of all messages between nodes. What comes in every round (window frames) or in bulk (frozen
/// cells) is binary; the few messages of the control plane are JSON documents, so that a log or a packet
/// dump can be read.
/// </summary>
internal static class WireForm
{
    private static readonly JsonSerializerOptions Json = Options();

    private static JsonSerializerOptions Options()
    {
        JsonSerializerOptions options = new(WireContext.Default.Options)
        {
            Converters = { new OneLineConverter() },
        };
        NanosecondsConverter.AddTo(options);
        return options;
    }

    public static byte[] Write(object message) =>
        message switch
        {
            WindowFrame frame => frame.ToBytes(),
            CellParcel parcel => parcel.ToBytes(),
            InputParcel parcel => parcel.ToBytes(),
            PartParcel parcel => parcel.ToBytes(),
            _ => JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), Json),
        };

    /// <param name="bytes">As they came.</param>
    /// <param name="manifest">What they are said to be, see <see cref="WireManifests"/>.</param>
    /// <exception cref="SerializationException">A form of another version, damaged bytes, or what may not be in a message.</exception>
    public static object Read(byte[] bytes, string manifest)
    {
        switch (manifest)
        {
            case WireManifests.Frame:
                return WindowFrame.FromBytes(bytes);
            case WireManifests.Parcel:
                return CellParcel.FromBytes(bytes);
            case WireManifests.Inputs:
                return InputParcel.FromBytes(bytes);
            case WireManifests.Part:
                return PartParcel.FromBytes(bytes);
            default:
                return ReadDocument(bytes, manifest);
        }
    }

    private static object ReadDocument(byte[] bytes, string manifest)
    {
        if (WireManifests.ControlType(manifest) is not { } type)
        {
            throw new SerializationException("another version's, or none at all");
        }
        try
        {
            return JsonSerializer.Deserialize(bytes, type, Json)
                ?? throw new SerializationException("empty");
        }
        catch (JsonException e)
        {
            throw new SerializationException(e.Message, e);
        }
    }
}
