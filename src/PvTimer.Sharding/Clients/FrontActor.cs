using System;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// /user/front: takes what clients say to the coordinator, wherever that lives, and brings its answer back. The
/// coordinator could not: clients are not dialled, see <see cref="ClusterDoor"/>.
/// </summary>
internal sealed class FrontActor : ReceiveActor
{
    public const string Name = "front";

    /// <summary>As long as a client waits; then it asks another node.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    private readonly IActorRef _coordinator;

    public FrontActor(IActorRef coordinator)
    {
        _coordinator = coordinator;
        Receive<IWireMessage>(request => _ = Relay(request, Sender));
    }

    private async Task Relay(IWireMessage request, IActorRef client)
    {
        try
        {
            client.Tell(
                await _coordinator.Ask<IWireMessage>(request, AnswerWithin).ConfigureAwait(false)
            );
        }
        catch (AskTimeoutException)
        {
            // The coordinator is on its way to another node, or gone: the client asks again.
        }
    }
}
