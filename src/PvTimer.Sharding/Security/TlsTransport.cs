using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;

namespace PvTimer.Sharding.Security;

/// <summary>
/// TCP with TLS below Akka's remoting, in the place of Akka's own transport: that one's TLS (DotNetty 0.7.6) offers
/// and takes versions 1.0 to 1.2 and can be told nothing else. Here it is 1.3, or 1.2 with a peer whose platform has
/// no newer one.
/// </summary>
/// <remarks>
/// <code>
///   opener                                acceptor
///     |--- TCP, TLS: both certificates ----->|   10 s at most; 256 such at a time
///     |&lt;== length, frame ==================>|   then the Handshake of AuthenticatedTransport, and what is in it
/// </code>
/// It is configured with Akka's keys for its own one: akka.remote.dot-netty.tcp.
/// </remarks>
internal sealed class TlsTransport : Transport, IDisposable
{
    /// <summary>By which Akka's configuration names it.</summary>
    public const string TypeName = "PvTimer.Sharding.Security.TlsTransport, PvTimer.Sharding";

    /// <summary>Connections at a time whose certificates are not seen yet; more are closed.</summary>
    private const int MostBeginning = 256;

    /// <summary>A handshake that takes longer is none.</summary>
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private readonly MutualTls _tls;
    private readonly ILoggingAdapter _log;
    private readonly string _host;
    private readonly string _publicHost;
    private readonly int _frameBytes;
    private readonly TimeSpan _connectLimit;
    private readonly ConcurrentDictionary<TlsAssociation, bool> _open = [];
    private readonly CancellationTokenSource _ending = new();
    private TcpListener? _listener;
    private Address _own = Address.AllSystems;
    private int _beginning;

    /// <summary>Called by Akka.</summary>
    public TlsTransport(ActorSystem system, Config config)
    {
        System = system;
        Config = config;
        _tls = system.Settings.Setup.Get<TlsSetup>().Value.Tls;
        _log = Logging.GetLogger(system, typeof(TlsTransport));
        _host = config.GetString("hostname");
        string publicHost = config.GetString("public-hostname");
        _publicHost = string.IsNullOrEmpty(publicHost) ? _host : publicHost;
        _frameBytes = (int)(config.GetByteSize("maximum-frame-size") ?? 128_000);
        _connectLimit = config.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(15));
    }

    public override string SchemeIdentifier => "tcp";

    public override long MaximumPayloadBytes => _frameBytes;

    public override bool IsResponsibleFor(Address remote) => true;

    /// <exception cref="SocketException">Nothing can listen there.</exception>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        IPAddress address = IPAddress.TryParse(_host, out IPAddress? given)
            ? given
            : (await Dns.GetHostAddressesAsync(_host).ConfigureAwait(false))[0];
        _listener = new TcpListener(address, Config.GetInt("port"));
        _listener.Start(Config.GetInt("backlog", 4096));
        int bound = ((IPEndPoint)_listener.LocalEndpoint).Port;
        int port = Config.GetInt("public-port");
        _own = new Address(SchemeIdentifier, System.Name, _publicHost, port > 0 ? port : bound);
        TaskCompletionSource<IAssociationEventListener> above = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );
        _ = AcceptAll(_listener, above.Task);
        return (_own, above);
    }

    /// <exception cref="InvalidAssociationException">There is no way to it, or it is not believed; the message says why.</exception>
    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        Socket socket = NewSocket();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            limit.CancelAfter(_connectLimit);
            await socket
                .ConnectAsync(remoteAddress.Host, remoteAddress.Port!.Value, limit.Token)
                .ConfigureAwait(false);
            SslStream stream = new(new NetworkStream(socket, ownsSocket: true));
            await stream
                .AuthenticateAsClientAsync(
                    _tls.ClientOptions(remoteAddress.Host, Log(remoteAddress)),
                    limit.Token
                )
                .ConfigureAwait(false);
            return Opened(socket, stream, OpenerOf(socket), remoteAddress);
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            socket.Dispose();
            throw new InvalidAssociationException($"no way to {remoteAddress}: {e.Message}", e);
        }
    }

    public override async Task<bool> Shutdown()
    {
        _listener?.Dispose();
        foreach (TlsAssociation association in _open.Keys)
        {
            AuthenticatedAssociation.End(association);
        }
        await Task.WhenAll(_open.Keys.Select(association => association.Closed))
            .ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        Dispose();
        return true;
    }

    public void Dispose()
    {
        _listener?.Dispose();
        _ending.Dispose();
    }

    public override Task<bool> ManagementCommand(object message) => Task.FromResult(true);

    private async Task AcceptAll(TcpListener listener, Task<IAssociationEventListener> above)
    {
        IAssociationEventListener presented = await above.ConfigureAwait(false);
        while (true)
        {
            try
            {
                Socket socket = await listener.AcceptSocketAsync().ConfigureAwait(false);
                _ = Accept(socket, presented);
            }
            catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, for example: it may get well, and is not tried all the time.
                _log.Warning("no connection can be taken: {0}", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(100)).ConfigureAwait(false);
            }
        }
    }

    private async Task Accept(Socket socket, IAssociationEventListener presented)
    {
        try
        {
            if (Interlocked.Increment(ref _beginning) > MostBeginning)
            {
                socket.Dispose();
                return;
            }
            socket.NoDelay = true;
            var peer = (IPEndPoint)socket.RemoteEndPoint!;
            Address remote = new(SchemeIdentifier, System.Name, $"{peer.Address}", peer.Port);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            limit.CancelAfter(HandshakeLimit);
            SslStream stream = new(new NetworkStream(socket, ownsSocket: true));
            await stream
                .AuthenticateAsServerAsync(_tls.ServerOptions(Log(remote)), limit.Token)
                .ConfigureAwait(false);
            presented.Notify(new InboundAssociation(Opened(socket, stream, _own, remote)));
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            _log.Debug("a connection that has not begun has ended: {0}", e.Message);
            socket.Dispose();
        }
        finally
        {
            Interlocked.Decrement(ref _beginning);
        }
    }

    /// <summary>This end of a connection that was opened here: its own port is how the other end knows it.</summary>
    private Address OpenerOf(Socket socket) =>
        new(SchemeIdentifier, System.Name, _publicHost, ((IPEndPoint)socket.LocalEndPoint!).Port);

    private TlsAssociation Opened(Socket socket, SslStream stream, Address local, Address remote)
    {
        TlsAssociation association = new(socket, stream, local, remote, _frameBytes);
        _open[association] = true;
        _ = association.Closed.ContinueWith(
            _ => _open.TryRemove(association, out bool _),
            TaskScheduler.Default
        );
        association.Begin();
        return association;
    }

    private Action<string> Log(Address peer) =>
        why =>
            _log.Warning(
                "{0} is refused: {1}",
                string.Create(CultureInfo.InvariantCulture, $"{peer.Host}:{peer.Port}"),
                why
            );

    private static Socket NewSocket() =>
        new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>What a peer, the network or a lack of descriptors can cause.</summary>
    private static bool IsOfConnection(Exception e) =>
        e
            is IOException
                or SocketException
                or AuthenticationException
                or OperationCanceledException
                or ObjectDisposedException
                or ArgumentException;
}
