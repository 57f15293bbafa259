using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;

namespace PvTimer.Sharding.Security;

/// <summary>
/// TCP, with or without TLS, on which no connection carries anything before both ends have gone through a
/// <see cref="Handshake"/>: every actor of a node is behind this one door.
/// </summary>
internal sealed class AuthenticatedTransport : Transport
{
    /// <summary>The transport that carries it: one that a drill can cut; empty: that of <see cref="TcpKey"/>.</summary>
    public const string CarrierKey = "carrier-class";

    /// <summary>The transport that has the connections: Akka's own, or <see cref="TlsTransport"/>.</summary>
    public const string TcpKey = "tcp-class";

    /// <summary>A transport around that of <see cref="TcpKey"/>, made of (ActorSystem, Transport); empty: none.</summary>
    public const string AroundKey = "around-class";

    /// <summary>The Akka configuration that puts it in its place.</summary>
    public const string Switch = $"""

        akka.remote.dot-netty.tcp.transport-class = "PvTimer.Sharding.Security.AuthenticatedTransport, PvTimer.Sharding"
        akka.remote.dot-netty.tcp.{CarrierKey} = ""
        akka.remote.dot-netty.tcp.{AroundKey} = ""
        akka.remote.dot-netty.tcp.{TcpKey} = "Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote"
        """;

    private readonly Transport _carrier;
    private readonly ConnectionGuard _guard;

    /// <summary>Called by Akka.</summary>
    public AuthenticatedTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        string carrier = config.GetString(CarrierKey);
        _carrier = Create(carrier.Length > 0 ? CarrierKey : TcpKey, system, config);
        _guard = ConnectionGuard.Of(system);
    }

    /// <summary>The transport whose class is named there.</summary>
    public static Transport Create(string key, ActorSystem system, Config config)
    {
        // Akka keeps its class to itself, but names it in its configuration: that name is its public door.
        Type transport = Type.GetType(config.GetString(key), throwOnError: true)!;
        var created = (Transport)Activator.CreateInstance(transport, system, config)!;
        string around = config.GetString(AroundKey);
        return key == TcpKey && around.Length > 0
            ? (Transport)
                Activator.CreateInstance(
                    Type.GetType(around, throwOnError: true)!,
                    system,
                    created
                )!
            : created;
    }

    public override string SchemeIdentifier => _carrier.SchemeIdentifier;

    public override long MaximumPayloadBytes =>
        _carrier.MaximumPayloadBytes - FrameAuthenticator.TagBytes;

    public override bool IsResponsibleFor(Address remote) => _carrier.IsResponsibleFor(remote);

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        (Address own, TaskCompletionSource<IAssociationEventListener> below) = await _carrier
            .Listen()
            .ConfigureAwait(false);
        _guard.Own = own;
        TaskCompletionSource<IAssociationEventListener> above = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        _ = Pass(above.Task, below);
        return (own, above);
    }

    /// <exception cref="InvalidAssociationException">There is no way to it, or no handshake; the message says why.</exception>
    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        AssociationHandle opened = await _carrier.Associate(remoteAddress).ConfigureAwait(false);
        AuthenticatedAssociation association = new(
            opened,
            Handshake.OfOpener(_guard.Identity(), _guard.OwnToken),
            _guard
        );
        Admission admission = await association.Admission.ConfigureAwait(false);
        _guard.Note(remoteAddress, admission);
        if (admission is { Access: Access.None, IsVerdict: true })
        {
            System.EventStream.Publish(new ConnectionRefused(remoteAddress, admission.Why));
        }
        return admission.Access == Access.None
            ? throw new InvalidAssociationException($"{remoteAddress} refuses: {admission.Why}")
            : association;
    }

    public override Task<bool> Shutdown() => _carrier.Shutdown();

    public override Task<bool> ManagementCommand(object message) =>
        _carrier.ManagementCommand(message);

    private async Task Pass(
        Task<IAssociationEventListener> above,
        TaskCompletionSource<IAssociationEventListener> below
    ) => below.SetResult(new Doorman(_guard, await above.ConfigureAwait(false)));

    /// <summary>Presents a connection that others opened once its handshake is over.</summary>
    private sealed class Doorman(ConnectionGuard guard, IAssociationEventListener above)
        : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev)
        {
            if (ev is InboundAssociation inbound)
            {
                _ = Admit(inbound.Association);
            }
            else
            {
                above.Notify(ev);
            }
        }

        private async Task Admit(AssociationHandle opened)
        {
            if (!guard.TakesConnections || !guard.TryBegin())
            {
                AuthenticatedAssociation.End(opened);
                return;
            }
            AuthenticatedAssociation association = new(
                opened,
                Handshake.OfAcceptor(guard.Identity(), guard.NodeToken),
                guard
            );
            Admission admission = await association.Admission.ConfigureAwait(false);
            guard.Conclude();
            if (admission.Access == Access.None)
            {
                return;
            }
            if (admission.Access == Access.Look && !guard.TryAddLooker(association))
            {
                association.Refuse("there are as many lookers as there may be");
                return;
            }
            guard.NotePerson(admission, association);
            above.Notify(new InboundAssociation(association));
        }
    }
}

/// <summary>Published on the event stream of the system whose connection was refused.</summary>
/// <param name="By">Whom it wanted to connect to.</param>
/// <param name="Why">One line.</param>
internal sealed record ConnectionRefused(Address By, string Why);
