using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>
/// A connection's first packet can be lost: Akka's TCP transport drops what comes between the end of TLS's handshake
/// and the moment at which a connection is listened to. Both ends waited for ten seconds then.
/// </summary>
public sealed class LostHelloTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("lost-hello");

    public void Dispose() => _system.Dispose();

    [Fact]
    public async Task Opener_whose_hello_is_lost_says_it_again()
    {
        Line toAcceptor = new() { Losses = 1 };
        Line toOpener = new() { Other = toAcceptor };
        toAcceptor.Other = toOpener;
        ConnectionGuard guard = ConnectionGuard.Of(_system);
        ControlToken token = ControlToken.New();
        PeerIdentity Identity(int port) =>
            PeerIdentity.Own($"pvtimer@127.0.0.1:{port}", isNode: true);
        using AuthenticatedAssociation acceptor = new(
            toOpener,
            Handshake.OfAcceptor(Identity(1), token),
            guard
        );
        using AuthenticatedAssociation opener = new(
            toAcceptor,
            Handshake.OfOpener(Identity(2), token),
            guard
        );
        Admission[] both = await Task.WhenAll(opener.Admission, acceptor.Admission)
            .WaitAsync(TimeSpan.FromSeconds(8));
        Assert.All(both, admission => Assert.Equal(Access.Full, admission.Access));
    }

    /// <summary>One end's way to the other, which loses the first packets.</summary>
    private sealed class Line()
        : AssociationHandle(new Address("tcp", "a"), new Address("tcp", "b"))
    {
        public Line? Other { get; set; }

        public int Losses { get; set; }

        public override bool Write(ByteString payload)
        {
            if (Losses-- <= 0)
            {
                _ = Deliver(payload);
            }
            return true;
        }

        [Obsolete("Akka has it so")]
        public override void Disassociate() { }

        private async Task Deliver(ByteString payload)
        {
            IHandleEventListener listener = await Other!.ReadHandlerSource.Task;
            listener.Notify(new InboundPayload(payload));
        }
    }
}
