using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Remote.Transport;

namespace PvTimer.TestKit.Clocks;

/// <summary>
/// Around the transport that has the connections: what is on its way between two of those that live by one
/// <see cref="ClusterClock"/> is counted by it. Named in the configuration, and made by the node's own transport.
/// </summary>
internal sealed class ClockedTransport : Transport
{
    private readonly Transport _tcp;
    private readonly ClockedSystem _system;

    /// <summary>Called when the node's transport is made.</summary>
    public ClockedTransport(ActorSystem system, Transport tcp)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(tcp);
        System = system;
        Config = system.Settings.Config;
        _tcp = tcp;
        _system = ClockedSystem.Of(Config);
    }

    /// <inheritdoc/>
    public override string SchemeIdentifier => _tcp.SchemeIdentifier;

    /// <inheritdoc/>
    public override long MaximumPayloadBytes => _tcp.MaximumPayloadBytes;

    /// <inheritdoc/>
    public override bool IsResponsibleFor(Address remote) => _tcp.IsResponsibleFor(remote);

    /// <inheritdoc/>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        (Address own, TaskCompletionSource<IAssociationEventListener> below) = await _tcp.Listen()
            .ConfigureAwait(false);
        _system.Port = own.Port;
        TaskCompletionSource<IAssociationEventListener> above = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        _ = Pass(above.Task, below);
        return (own, above);
    }

    /// <summary>While a connection to another of them is being opened, the clock stands still.</summary>
    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        ArgumentNullException.ThrowIfNull(remoteAddress);
        if (_system.Clock.ListenerAt(remoteAddress.Port) is null)
        {
            return await _tcp.Associate(remoteAddress).ConfigureAwait(false);
        }
        long begun = _system.Work.Begin(_system.Clock.AtStep);
        try
        {
            AssociationHandle opened = await _tcp.Associate(remoteAddress).ConfigureAwait(false);
            return new ClockedAssociation(opened, _system, isOpener: true);
        }
        finally
        {
            _system.Work.End(begun);
        }
    }

    /// <inheritdoc/>
    public override Task<bool> Shutdown() => _tcp.Shutdown();

    /// <inheritdoc/>
    public override Task<bool> ManagementCommand(object message) => _tcp.ManagementCommand(message);

    private async Task Pass(
        Task<IAssociationEventListener> above,
        TaskCompletionSource<IAssociationEventListener> below
    ) => below.SetResult(new Listener(_system, await above.ConfigureAwait(false)));

    private sealed class Listener(ClockedSystem system, IAssociationEventListener above)
        : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev) =>
            above.Notify(
                ev is InboundAssociation inbound
                    ? new InboundAssociation(
                        new ClockedAssociation(inbound.Association, system, isOpener: false)
                    )
                    : ev
            );
    }
}
