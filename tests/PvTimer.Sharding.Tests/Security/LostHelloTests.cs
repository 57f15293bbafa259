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
        using Pair pair = new(_system, new Line { Losses = 1 });
        await pair.Shake();
    }

    /// <summary>It was taken for a frame that is forged, and two nodes of a cluster lost each other for good.</summary>
    [Fact]
    public async Task Hello_that_is_overtaken_by_the_proof_ends_nothing()
    {
        using Pair pair = new(_system, new Line { RepeatsFirstBehindSecond = true });
        await pair.Shake();
        Reader reader = new();
        pair.Acceptor.ReadHandlerSource.SetResult(reader);
        Assert.True(pair.Opener.Write(ByteString.CopyFrom(0x0A, 0)));
        InboundPayload read = Assert.IsType<InboundPayload>(
            await reader.First.WaitAsync(TimeSpan.FromSeconds(8))
        );
        Assert.Equal(new byte[] { 0x0A, 0 }, read.Payload.ToByteArray());
    }

    private sealed class Reader : IHandleEventListener
    {
        private readonly TaskCompletionSource<IHandleEvent> _first = new();

        public Task<IHandleEvent> First => _first.Task;

        public void Notify(IHandleEvent ev) => _first.TrySetResult(ev);
    }

    /// <summary>Both ends of a connection.</summary>
    private sealed class Pair : IDisposable
    {
        public Pair(ActorSystem system, Line toAcceptor)
        {
            Line toOpener = new() { Other = toAcceptor };
            toAcceptor.Other = toOpener;
            ConnectionGuard guard = ConnectionGuard.Of(system);
            ControlToken token = ControlToken.New();
            PeerIdentity Identity(int port) =>
                PeerIdentity.Own($"pvtimer@127.0.0.1:{port}", isNode: true);
            Acceptor = new(toOpener, Handshake.OfAcceptor(Identity(1), token), guard);
            Opener = new(toAcceptor, Handshake.OfOpener(Identity(2), token), guard);
        }

        public AuthenticatedAssociation Acceptor { get; }

        public AuthenticatedAssociation Opener { get; }

        public async Task Shake()
        {
            Admission[] both = await Task.WhenAll(Opener.Admission, Acceptor.Admission)
                .WaitAsync(TimeSpan.FromSeconds(8));
            Assert.All(both, admission => Assert.Equal(Access.Full, admission.Access));
        }

        public void Dispose()
        {
            Opener.Dispose();
            Acceptor.Dispose();
        }
    }

    /// <summary>One end's way to the other, on which the first packets fare badly.</summary>
    private sealed class Line()
        : AssociationHandle(new Address("tcp", "a"), new Address("tcp", "b"))
    {
        private ByteString? _first;
        private int _written;

        public Line? Other { get; set; }

        public int Losses { get; set; }

        public bool RepeatsFirstBehindSecond { get; init; }

        public override bool Write(ByteString payload)
        {
            _first ??= payload;
            if (Losses-- <= 0)
            {
                _ = Deliver(payload);
            }
            if (++_written == 2 && RepeatsFirstBehindSecond)
            {
                _ = Deliver(_first);
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
