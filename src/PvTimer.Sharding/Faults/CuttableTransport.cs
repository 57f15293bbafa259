using System;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// TCP on a network that a drill can cut: no root, no relay, the addresses stay as they are.
/// </summary>
/// <remarks>
/// <code>
///   node-1                                       node-2
///     | opened here: held here, both ways          |
///     |===================X=======================>|
///     |&lt;==================X=======================|
///     |          opened there: held there, both ways
/// </code>
/// It holds what it cannot deliver and delivers it in order when the network is whole again, as TCP does: a
/// short cut delays, and only what is given up meanwhile is lost. Only the one who opened a connection knows
/// who is at its other end, so each node holds those that it opened itself; a connection that is opened
/// during the cut waits like one whose first packet finds no way.
/// </remarks>
internal sealed class CuttableTransport : Transport
{
    /// <summary>The Akka configuration that puts it in its place.</summary>
    public const string Switch = $"""

        akka.remote.dot-netty.tcp.{AuthenticatedTransport.CarrierKey} = "PvTimer.Sharding.Faults.CuttableTransport, PvTimer.Sharding"
        """;

    /// <summary>As long as TCP would try: akka.remote.dot-netty.tcp.connection-timeout.</summary>
    private readonly TimeSpan _patience;

    private readonly Transport _tcp;
    private readonly NetworkCut _cut;

    /// <summary>Called by Akka.</summary>
    public CuttableTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        _tcp = AuthenticatedTransport.Create(AuthenticatedTransport.TcpKey, system, config);
        _cut = NetworkCut.Of(system);
        _patience = config.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(15));
    }

    public override string SchemeIdentifier => _tcp.SchemeIdentifier;

    public override long MaximumPayloadBytes => _tcp.MaximumPayloadBytes;

    public override Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen() =>
        _tcp.Listen();

    public override bool IsResponsibleFor(Address remote) => _tcp.IsResponsibleFor(remote);

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        try
        {
            await _cut.WhenWhole(remoteAddress, _patience).ConfigureAwait(false);
        }
        catch (TimeoutException cut)
        {
            throw new InvalidAssociationException($"no way to {remoteAddress}: it is cut", cut);
        }
        AssociationHandle opened = await _tcp.Associate(remoteAddress).ConfigureAwait(false);
        return new CuttableAssociation(opened, remoteAddress, _cut);
    }

    public override Task<bool> Shutdown() => _tcp.Shutdown();

    public override Task<bool> ManagementCommand(object message) => _tcp.ManagementCommand(message);
}
