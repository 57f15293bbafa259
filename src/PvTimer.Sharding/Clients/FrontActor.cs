using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Event;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// /user/front: takes what clients say to the coordinator, wherever that lives, and brings its answer back. The
/// coordinator could not: clients are not dialled, see <see cref="ClusterDoor"/>. Everybody who can connect may
/// look; whoever wants to change something shows the token, here and nowhere else.
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
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public FrontActor(IActorRef coordinator, ControlToken token)
    {
        _coordinator = coordinator;
        Receive<Order>(
            order => token.Matches(order.Token),
            order => Take(order.Content ?? new OrderRefused("an order without content"))
        );
        Receive<Order>(order =>
            Refuse(
                order.Token is null
                    ? "an order without a control token"
                    : "that is not this cluster's control token"
            )
        );
        Receive<IWireMessage>(Order.IsOne, _ => Refuse("an order without a control token"));
        Receive<IWireMessage>(request => _ = Relay(request, Sender));
    }

    private void Take(IWireMessage content)
    {
        if (content is OrderRefused refused)
        {
            Sender.Tell(refused);
            return;
        }
        _log.Info("order: {0}", content);
        _ = Relay(content, Sender);
    }

    private void Refuse(string why)
    {
        _log.Warning("refused: {0}", why);
        Sender.Tell(
            new OrderRefused($"{why}; accepted: the token in the file that the nodes have read")
        );
    }

    private async Task Relay(IWireMessage request, IActorRef client)
    {
        try
        {
            client.Tell(
                await _coordinator.Ask<IWireMessage>(request, Patience).ConfigureAwait(false)
            );
        }
        catch (AskTimeoutException)
        {
            // The coordinator is on its way to another node, or gone: the client asks again.
        }
    }
}
