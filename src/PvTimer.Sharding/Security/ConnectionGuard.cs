using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Security;

/// <summary>What an actor system is started with: how its connections prove who they are.</summary>
/// <param name="isNode">It wants full access wherever it connects, and takes connections; a client does neither.</param>
/// <param name="token">Asked once, when the first connection needs it.</param>
internal sealed class ConnectionSetup(bool isNode, Func<ControlToken> token) : Setup
{
    public bool IsNode { get; } = isNode;

    public Lazy<ControlToken> Token { get; } = new(token);
}

/// <summary>
/// What holds for all connections of an actor system: its token, how many there may be of those that have
/// proved nothing, what those may say, and what was refused.
/// </summary>
internal sealed class ConnectionGuard(ActorSystem system) : IExtension
{
    /// <summary>Connections at a time whose handshake is not over.</summary>
    private const int MostBeginning = 256;

    /// <summary>Connections at a time that only look.</summary>
    private const int MostLookers = 64;

    private const string Front = $"/user/{FrontActor.Name}";

    private readonly ConnectionSetup _setup = system.Settings.Setup.Get<ConnectionSetup>()
        is { HasValue: true, Value: var given }
        ? given
        : new ConnectionSetup(isNode: true, ControlToken.OfUser);

    private readonly ConcurrentDictionary<Address, Admission> _admissions = [];
    private readonly ILoggingAdapter _log = Logging.GetLogger(system, typeof(ConnectionGuard));
    private readonly ConcurrentDictionary<string, string> _persons = [];
    private int _beginning;
    private int _lookers;
    private long _refused;

    public static ConnectionGuard Of(ActorSystem system) =>
        system.WithExtension<ConnectionGuard, ConnectionGuardProvider>();

    /// <summary>Nodes do; neither nodes nor clients dial a client.</summary>
    public bool TakesConnections => _setup.IsNode;

    /// <summary>Where this system listens.</summary>
    public Address Own { get; set; } = Address.AllSystems;

    /// <summary>What others have to know.</summary>
    /// <exception cref="Nodes.NodeOptionsException">It can be neither read nor made.</exception>
    public ControlToken NodeToken => _setup.Token.Value;

    /// <summary>What this end can prove; null: nothing, and for a client that is enough to look.</summary>
    public ControlToken? OwnToken
    {
        get
        {
            try
            {
                return _setup.Token.Value;
            }
            catch (Nodes.NodeOptionsException) when (!_setup.IsNode)
            {
                return null;
            }
        }
    }

    /// <summary>Connections, packets and messages that were refused so far.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public PeerIdentity Identity() =>
        PeerIdentity.Own(NameOf(Own), _setup.IsNode, OwnToken?.Person);

    /// <summary>A client has proved whose it is: what it says is that person's as long as the connection lasts.</summary>
    public void NotePerson(Admission admission, AuthenticatedAssociation association)
    {
        if (
            admission is { Access: Access.Full, Peer: { Person: { } person, Address: var address } }
        )
        {
            _persons[address] = person;
            _ = association.Ended.ContinueWith(
                _ => _persons.TryRemove(address, out string? _),
                TaskScheduler.Default
            );
        }
    }

    /// <summary>Why one who says this may not say it in that name, on one line; null: it may.</summary>
    /// <param name="sender">Where it was said.</param>
    /// <param name="author">In whose name; of one that has proved whose it is, it is that person's.</param>
    public string? FlawOfAuthor(Address sender, ref string? author)
    {
        if (_persons.TryGetValue(NameOf(sender), out string? person))
        {
            string? said = author;
            author = person;
            return said is null || said == person
                ? null
                : $"it is said in the name of {PlainText.OneLine(said)} with the token of {person}; accepted: {person}, or no name";
        }
        return author is not null && NodeToken.HasPerson(author)
            ? $"{author} has a token, and this was said without it; accepted: another name, or that token"
            : null;
    }

    /// <summary>Whether one more handshake may begin; then <see cref="Conclude"/> has to follow.</summary>
    public bool TryBegin() => TryCount(ref _beginning, MostBeginning);

    public void Conclude() => Interlocked.Decrement(ref _beginning);

    /// <summary>Whether there may be one more that only looks; it counts as long as it lasts.</summary>
    public bool TryAddLooker(AuthenticatedAssociation association)
    {
        if (!TryCount(ref _lookers, MostLookers))
        {
            return false;
        }
        _ = association.Ended.ContinueWith(
            _ => Interlocked.Decrement(ref _lookers),
            TaskScheduler.Default
        );
        return true;
    }

    /// <summary>What became of the last connection that was opened here.</summary>
    public void Note(Address remote, Admission admission) => _admissions[remote] = admission;

    /// <summary>What became of the last connection to an address; null: there was none.</summary>
    public Admission? AdmissionBy(Address remote) =>
        _admissions.TryGetValue(
            new Address("tcp", remote.System, remote.Host, remote.Port),
            out Admission? known
        )
            ? known
            : null;

    /// <summary>A connection, or what came on it, was not let in, or not further than to look.</summary>
    public void NoteRefused(Address remote, string? name, string why)
    {
        CountRefused();
        _log.Warning("{0} ({1}): {2}", name ?? "a stranger", remote, why);
    }

    /// <summary>A message was not read.</summary>
    public void CountRefused() => Interlocked.Increment(ref _refused);

    /// <summary>The connection ended before its handshake did.</summary>
    public Admission Lost() =>
        new(
            Identity(),
            Access.None,
            "the connection has ended",
            SendKey: null,
            ReceiveKey: null,
            IsVerdict: false
        );

    /// <summary>Why a packet may not pass; null: it may.</summary>
    public string? FlawOf(RemotingPacket packet, Admission peer)
    {
        if (packet.Origin is { } origin && origin != peer.Peer.Address)
        {
            return $"it calls itself {PlainText.OneLine(origin)} now";
        }
        if (!_setup.IsNode || packet.Recipient is not { } recipient)
        {
            return null;
        }
        if (peer.Access == Access.Full)
        {
            return FlawOfPersons(packet, recipient, peer.Peer);
        }
        bool isQuestion =
            !packet.IsReliable
            && packet.Serializer == WireSerializer.Number
            && WireManifests.IsQuestion(packet.Manifest)
            && recipient == $"akka.{Own}{Front}"
            && packet.Sender?.StartsWith(
                $"akka.tcp://{peer.Peer.Address}/",
                StringComparison.Ordinal
            ) == true;
        return isQuestion
            ? null
            : $"'{PlainText.OneLine(packet.Manifest)}' for {PlainText.OneLine(recipient)}, and it may only ask {Front}";
    }

    /// <summary>One who has proved whose it is gives orders where that is asked for, and in no other name.</summary>
    private string? FlawOfPersons(RemotingPacket packet, string recipient, PeerIdentity peer)
    {
        if (peer.Person is null)
        {
            return null;
        }
        bool mayPass =
            !packet.IsReliable
            && packet.Serializer == WireSerializer.Number
            && (
                recipient == $"akka.{Own}{Front}"
                || recipient == $"akka.{Own}/user/{Sweeps.PointsActor.Name}"
            )
            && packet.Sender?.StartsWith($"akka.tcp://{peer.Address}/", StringComparison.Ordinal)
                == true;
        return mayPass
            ? null
            : $"'{PlainText.OneLine(packet.Manifest)}' for {PlainText.OneLine(recipient)}, and {peer.Person} may only ask {Front}";
    }

    private static string NameOf(Address address) =>
        $"{address.System}@{address.Host}:{address.Port}";

    private static bool TryCount(ref int count, int most)
    {
        if (Interlocked.Increment(ref count) <= most)
        {
            return true;
        }
        Interlocked.Decrement(ref count);
        return false;
    }
}

internal sealed class ConnectionGuardProvider : ExtensionIdProvider<ConnectionGuard>
{
    public override ConnectionGuard CreateExtension(ExtendedActorSystem system) => new(system);
}
