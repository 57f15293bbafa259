using System;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Wire;

/// <summary>
/// In the place of a serializer of Akka's that makes whatever type a message names (Newtonsoft's with type
/// names, protobuf's with any message class, remote deployment's with any actor class): nothing that a node
/// understands has such a form, so it is neither written nor read.
/// </summary>
/// <param name="system">Called by Akka.</param>
/// <param name="config">"id": the number of the serializer that it replaces.</param>
internal sealed class RefusedSerializer(ExtendedActorSystem system, Config config)
    : Serializer(system)
{
    private readonly int _number = config.GetInt("id");

    public override int Identifier => _number;

    public override bool IncludeManifest => true;

    /// <exception cref="SerializationException">Always.</exception>
    public override byte[] ToBinary(object obj) =>
        throw new SerializationException($"{obj?.GetType()} has no form on the wire");

    /// <exception cref="SerializationException">Always.</exception>
    public override object FromBinary(byte[] bytes, Type type)
    {
        ConnectionGuard.Of(system).CountRefused();
        throw new SerializationException(
            $"a message for serializer {_number}, which would make {type}: refused"
        );
    }
}
