using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Wire;

/// <summary>Gives Akka the form of our messages, see <see cref="WireForm"/>; what has another one is counted and dropped.</summary>
internal sealed class WireSerializer(ExtendedActorSystem system)
    : SerializerWithStringManifest(system)
{
    /// <summary>By which a message on the wire says that it has this form.</summary>
    public const int Number = 770_001;

    public override int Identifier => Number;

    public override string Manifest(object o) => WireManifests.Of(o);

    public override byte[] ToBinary(object obj) => WireForm.Write(obj);

    /// <exception cref="SerializationException">A form of another version, damaged bytes, or what may not be in a message.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            return WireForm.Read(bytes, manifest);
        }
        catch (SerializationException e)
        {
            ConnectionGuard.Of(system).CountRefused();
            throw new SerializationException(
                $"message '{PlainText.OneLine(manifest)}': {e.Message}",
                e
            );
        }
    }
}
