using Akka.Actor;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Clients;

/// <summary>/user/front: takes what clients say to the coordinator, wherever that lives.</summary>
internal sealed class FrontActor : ReceiveActor
{
    public const string Name = "front";

    public FrontActor(IActorRef coordinator) => Receive<IWireMessage>(coordinator.Forward);
}
