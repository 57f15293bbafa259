using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Clients;

/// <summary>
/// A client's way into a cluster: no member of it, so that nobody counts it or moves cells to it. It knocks at
/// one node after the other until one answers, and learns of further nodes from the answers.
/// </summary>
/// <remarks>
/// A node answers on the connection that the client has opened and never dials the client: its address has a
/// name that no other has and that leads nowhere.
/// </remarks>
public sealed class ClusterDoor : IAsyncDisposable
{
    /// <summary>So many nodes are known at once; the last of a longer list are forgotten.</summary>
    private const int MostKnown = 1_000;

    /// <summary>So many are learnt from one answer.</summary>
    private const int MostLearnt = 64;

    private readonly ActorSystem _system;
    private readonly Lock _gate = new();
    private readonly List<string> _addresses;
    private readonly ConnectionRefusals _refusals;

    /// <param name="endpoints">"host:port" of nodes; those that are not known yet can be learnt.</param>
    /// <param name="tls">The client's certificate; null: none.</param>
    /// <param name="token">What has to be known to give orders; null: the user's own.</param>
    /// <param name="time">By which clock it waits for answers; null: the wall's.</param>
    public ClusterDoor(
        IEnumerable<string> endpoints,
        MutualTls? tls = null,
        ControlToken? token = null,
        ClusterTime? time = null
    )
    {
        ClusterTime lived = time ?? ClusterTime.Wall;
        Clock = lived.Clock;
        Config own = ConfigurationFactory
            .ParseString(
                $$"""
                akka {
                  actor.provider = remote
                  loglevel = OFF
                  stdout-loglevel = OFF
                  log-dead-letters = off
                  # Most of what a console costs that nobody looks at would be the ticking of this clock.
                  scheduler.tick-duration = 100ms
                  remote.dot-netty.tcp {
                    hostname = "127.0.0.1"
                    port = 0
                    public-hostname = "{{Guid.NewGuid():N}}.invalid"
                  }
                  coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off }
                }
                """ + (tls is null ? "" : MutualTls.Switch)
            )
            .WithFallback(NodeConfiguration.Wire);
        own = lived.Config is { } first ? first.WithFallback(own) : own;
        _system = ActorSystem.Create(
            "client",
            MutualTls
                .Setup(
                    own,
                    tls,
                    new ConnectionSetup(isNode: false, () => token ?? ControlToken.OfUser())
                )
                .And(lived.Setup)
        );
        _refusals = new ConnectionRefusals(_system);
        _addresses = [.. endpoints.Select(endpoint => AddressOf(endpoint, _system).ToString())];
    }

    /// <summary>By which it waits, and what asks again and again through it: its cluster's.</summary>
    public TimeProvider Clock { get; }

    /// <summary>
    /// Asks the coordinator through whichever node answers first. A look is repeated for as long as a node may need
    /// that has only just started; an order is given once, since the client could not tell whether it was taken twice,
    /// and so is a question whether one could be carried out: it costs the coordinator a scenario to read, and is only
    /// answered to those who could give the order.
    /// </summary>
    /// <exception cref="ClusterUnreachableException">No node answers.</exception>
    /// <exception cref="OrderRefusedException">It would change something, and the nodes have another token.</exception>
    public async Task<T> Ask<T>(object request) =>
        (T)(
            IsOrder(request) || request is CheckCommand or AskPart or AskInputs
                ? await Give(Named(request)).ConfigureAwait(false)
                : (await AskAround(request).ConfigureAwait(false)).Answer
        );

    /// <summary>A command that comes twice, by way of a network that repeats itself, is done once.</summary>
    private static object Named(object order) =>
        order is ClusterCommand { Id: null } command
            ? command with
            {
                Id = Guid.NewGuid().ToString("N"),
            }
            : order;

    /// <summary>Whether it would change the cluster or its run.</summary>
    internal static bool IsOrder(object request) =>
        request is ClusterCommand or Submit or InputParcel;

    private async Task<object> Give(object order)
    {
        (string address, _) = await AskAround(AskCluster.Instance).ConfigureAwait(false);
        if (
            ConnectionGuard.Of(_system).AdmissionBy(Address.Parse(address)) is
            { Access: not Access.Full } admission
        )
        {
            throw Refused(admission);
        }
        try
        {
            return await AskFront(address, order, FrontActor.Patience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            throw new ClusterUnreachableException(
                $"no answer from {EndpointOf(address)}; the order may have been taken all the same"
            );
        }
    }

    private async Task<(string Address, object Answer)> AskAround(object request)
    {
        TimeSpan end = MonotonicTime.On(Clock) + FrontActor.Patience;
        HashSet<string> closed = new(StringComparer.Ordinal);
        do
        {
            foreach (string address in Known().Where(each => !closed.Contains(each)))
            {
                try
                {
                    object answer = await AskFront(address, request, FrontActor.AnswerWithin)
                        .ConfigureAwait(false);
                    if (answer is ClusterStatus status)
                    {
                        // The node that answers now may be the next one to die.
                        Learn(
                            status
                                .Members.Where(member => member.Status == "Up")
                                .Select(member => member.Address)
                                .Take(MostLearnt)
                        );
                    }
                    return (address, answer);
                }
                catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
                {
                    if (e is OperationCanceledException)
                    {
                        closed.Add(address);
                    }
                    // The next time another one is asked first.
                    lock (_gate)
                    {
                        _addresses.Remove(address);
                        _addresses.Add(address);
                    }
                }
            }
        } while (MonotonicTime.On(Clock) < end && Known().Any(each => !closed.Contains(each)));
        throw new ClusterUnreachableException(
            $"no node answers at {string.Join(", ", Known().Select(EndpointOf))}"
        );
    }

    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    /// <exception cref="OperationCanceledException">There is no connection to that node.</exception>
    private Task<object> AskFront(string address, object request, TimeSpan within) =>
        Askers
            .Of(_system)
            .Ask<object>(
                Reference($"{address}/user/{FrontActor.Name}"),
                request,
                within,
                _refusals.NextBy(address)
            );

    private IActorRef Reference(string path) =>
        ((ExtendedActorSystem)_system).Provider.ResolveActorRef(path);

    /// <summary>Asks an actor of one node, whatever the coordinator thinks of it.</summary>
    /// <param name="address">The node's Akka address.</param>
    /// <param name="actor">The actor's name below /user.</param>
    /// <param name="request">What it is asked.</param>
    /// <exception cref="ClusterUnreachableException">It does not answer.</exception>
    internal async Task<T> AskNode<T>(string address, string actor, object request)
    {
        try
        {
            return await Askers
                .Of(_system)
                .Ask<T>(
                    _system.ActorSelection($"{address}/user/{actor}"),
                    request,
                    FrontActor.AnswerWithin
                )
                .ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw new ClusterUnreachableException($"no answer from {EndpointOf(address)}/{actor}");
        }
    }

    /// <summary>Gives an order to an actor of one node, which has proved before that it knows the token.</summary>
    /// <param name="address">The node's Akka address.</param>
    /// <param name="actor">The actor's name below /user.</param>
    /// <param name="order">What it is to do; a second one that is alike must do no harm.</param>
    /// <exception cref="ClusterUnreachableException">It does not answer.</exception>
    /// <exception cref="OrderRefusedException">One of both does not know the token.</exception>
    internal async Task<T> GiveNode<T>(string address, string actor, object order)
    {
        try
        {
            if (ConnectionGuard.Of(_system).AdmissionBy(Address.Parse(address)) is null)
            {
                await AskFront(address, AskCluster.Instance, FrontActor.AnswerWithin)
                    .ConfigureAwait(false);
            }
            if (
                ConnectionGuard.Of(_system).AdmissionBy(Address.Parse(address)) is
                { Access: not Access.Full } admission
            )
            {
                throw Refused(admission);
            }
            return (T)
                await Askers
                    .Of(_system)
                    .Ask<object>(
                        Reference($"{address}/user/{actor}"),
                        order,
                        FrontActor.AnswerWithin,
                        _refusals.NextBy(address)
                    )
                    .ConfigureAwait(false);
        }
        catch (Exception e) when (e is AskTimeoutException or OperationCanceledException)
        {
            throw new ClusterUnreachableException($"no answer from {EndpointOf(address)}/{actor}");
        }
    }

    private static OrderRefusedException Refused(Admission admission) =>
        new($"{admission.Why}; accepted: the token in the file that the nodes have read");

    /// <summary>Nodes to try as well, by "host:port" or their Akka addresses.</summary>
    public void Learn(IEnumerable<string> endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        string[] addresses = [.. endpoints.Select(each => AddressOf(each, _system).ToString())];
        lock (_gate)
        {
            _addresses.AddRange(addresses.Except(_addresses, StringComparer.Ordinal).ToArray());
            _addresses.RemoveRange(
                Math.Min(MostKnown, _addresses.Count),
                Math.Max(0, _addresses.Count - MostKnown)
            );
        }
    }

    public async ValueTask DisposeAsync() => await _system.Terminate().ConfigureAwait(false);

    private string[] Known()
    {
        lock (_gate)
        {
            return [.. _addresses];
        }
    }

    /// <summary>Whether it has the form of "host:port".</summary>
    public static bool IsEndpoint(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        return colon > 0
            && int.TryParse(
                text[(colon + 1)..],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out int port
            )
            && port is > 0 and <= 65_535;
    }

    /// <summary>"host:port" or an Akka address as an Akka address.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static Address AddressOf(string endpoint, ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(system);
        if (endpoint.Contains("://", StringComparison.Ordinal))
        {
            return Address.Parse(endpoint);
        }
        if (!IsEndpoint(endpoint))
        {
            throw new FormatException($"'{endpoint}'; accepted: HOST:PORT");
        }
        int colon = endpoint.LastIndexOf(':');
        Address own = ((ExtendedActorSystem)system).Provider.DefaultAddress;
        return new Address(
            own.Protocol,
            ClusterNode.SystemName,
            endpoint[..colon],
            int.Parse(endpoint[(colon + 1)..], CultureInfo.InvariantCulture)
        );
    }

    /// <summary>The "host:port" of an Akka address.</summary>
    public static string EndpointOf(string address)
    {
        Address parsed = Address.Parse(address);
        return string.Create(CultureInfo.InvariantCulture, $"{parsed.Host}:{parsed.Port}");
    }
}

/// <summary>A client may only look; the message is one line.</summary>
public sealed class OrderRefusedException(string message) : Exception(message);

/// <summary>No node of a cluster answers; the message says which were asked.</summary>
public sealed class ClusterUnreachableException(string message) : Exception(message);
