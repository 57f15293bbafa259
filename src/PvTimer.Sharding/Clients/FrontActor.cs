using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// /user/front: takes what clients say to the coordinator, wherever that lives, and brings its answer back. The
/// coordinator could not: clients are not dialled, see <see cref="ClusterDoor"/>. What arrives here is allowed:
/// of a client that has not proved that it knows the control token only questions get as far.
/// </summary>
internal sealed class FrontActor : ReceiveActor
{
    public const string Name = "front";

    /// <summary>As long as a client waits for what it wants to see; then it asks another node.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// As long as a client goes on asking: what a node needs at most, on a busy machine, until it has formed a cluster
    /// and found the coordinator.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IActorRef _coordinator;
    private readonly Askers _askers = Askers.Of(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public FrontActor(IActorRef coordinator)
    {
        _coordinator = coordinator;
        var guard = ConnectionGuard.Of(Context.System);
        Receive<ClusterCommand>(command =>
        {
            string? author = command.By;
            if (guard.FlawOfAuthor(Sender.Path.Address, ref author) is { } flaw)
            {
                _log.Warning("order refused: {0}", flaw);
                Sender.Tell(new CommandAnswer(false, flaw));
                return;
            }
            Pass(command with { By = author });
        });
        Receive<IWireMessage>(Pass);
    }

    private void Pass(IWireMessage request)
    {
        if (ClusterDoor.IsOrder(request) && request is not InputParcel)
        {
            _log.Info("order: {0}", request);
        }
        _ = Relay(request, Sender);
    }

    private async Task Relay(IWireMessage request, IActorRef client)
    {
        try
        {
            client.Tell(
                await _askers
                    .Ask<IWireMessage>(_coordinator, request, Patience)
                    .ConfigureAwait(false)
            );
        }
        catch (AskTimeoutException)
        {
            // The coordinator is on its way to another node, or gone: the client asks again.
        }
    }
}
