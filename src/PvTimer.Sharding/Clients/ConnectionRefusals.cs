using System.Collections.Concurrent;
using System.Threading;
using Akka.Actor;
using Akka.Remote;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// Ends the waiting for a node's answer when there is no connection to it: no process listens there, the node has gone,
/// or one side does not accept the other's certificate. Akka says so on its event stream only; an ask goes on waiting.
/// </summary>
internal sealed class ConnectionRefusals
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _next = [];

    /// <summary>Those of one actor system, as long as that lives.</summary>
    public ConnectionRefusals(ActorSystem system)
    {
        IActorRef ear = system.ActorOf(Props.Create(() => new Ear(this)));
        system.EventStream.Subscribe(ear, typeof(AssociationErrorEvent));
    }

    /// <summary>Cancelled when the next connection with that address fails.</summary>
    /// <param name="address">An Akka address.</param>
    public CancellationToken NextBy(string address) =>
        _next.GetOrAdd(address, _ => new CancellationTokenSource()).Token;

    private void Take(string address)
    {
        if (_next.TryRemove(address, out CancellationTokenSource? next))
        {
            next.Cancel();
        }
    }

    private sealed class Ear : ReceiveActor
    {
        public Ear(ConnectionRefusals refusals) =>
            Receive<AssociationErrorEvent>(failed =>
                refusals.Take(failed.RemoteAddress.ToString())
            );
    }
}
