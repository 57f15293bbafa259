using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace PvTimer.Sharding.Security;

/// <summary>
/// How the two ends of a connection prove to each other that they know the control token, without showing it:
/// a state machine that takes what has arrived and says what to answer.
/// </summary>
/// <remarks>
/// <code>
///   opener                                                 acceptor
///     | hello:     magic, identity ---------------------------->|
///     |&lt;------------- challenge: HMAC("acceptor"), identity    |
///     | proof:     HMAC("opener"), or nothing ----------------->|
///     |&lt;------------- verdict:   access, why not more           |
/// </code>
/// What arrives at an acceptor before its connection is ready can be lost, so the opener says hello again until it is
/// challenged; an acceptor that has heard it already keeps silent. A hello that is said while the challenge arrives may
/// be overtaken by the proof: Akka's TCP transport sends what its own thread writes before what others have written.
/// Each HMAC-SHA256 has the token as its key and covers both identities, and with them both nonces: a proof is
/// good for one connection, one address and one direction. The keys of the frames that follow are made the
/// same way. A client that says whose it is proves the token of that person, which is the key then. A node that gets less than <see cref="Access.Full"/> gives up; a client may look.
/// </remarks>
internal sealed class Handshake
{
    private const byte Challenge = 2;
    private const byte Proof = 3;
    private const byte Verdict = 4;
    private const int ProofBytes = 32;
    private const int MostPacketBytes = 2_048;

    /// <summary>A client answers no calls, so its host is none: it cannot pass for a node.</summary>
    private const string ClientHost = ".invalid:";

    private readonly PeerIdentity _own;
    private readonly byte[] _ownBytes;
    private ControlToken? _token;
    private readonly bool _isOpener;
    private byte[] _transcript = [];
    private byte[] _hello = [];
    private PeerIdentity? _peer;
    private bool _isPeerProved;

    private Handshake(PeerIdentity own, ControlToken? token, bool isOpener)
    {
        _own = own;
        _ownBytes = own.ToBytes();
        _token = token;
        _isOpener = isOpener;
    }

    private static ReadOnlySpan<byte> Magic => "PVT1"u8;

    /// <param name="own">This end.</param>
    /// <param name="token">Null: there is none to prove.</param>
    public static Handshake OfOpener(PeerIdentity own, ControlToken? token) =>
        new(own, token, isOpener: true);

    /// <param name="own">This end.</param>
    /// <param name="token">What the other end has to know.</param>
    public static Handshake OfAcceptor(PeerIdentity own, ControlToken token) =>
        new(own, token, isOpener: false);

    /// <summary>What this end says until the other one has answered; null: it has, or is to speak first.</summary>
    public byte[]? Hello() => _isOpener && _peer is null ? [.. Magic, .. _ownBytes] : null;

    /// <summary>Takes what has arrived: what to answer, and how it has ended, if it has.</summary>
    /// <param name="packet">One packet.</param>
    /// <exception cref="InvalidDataException">The other end does not speak like this.</exception>
    public (byte[]? Reply, Admission? Outcome) Take(ReadOnlySpan<byte> packet)
    {
        if (packet.Length > MostPacketBytes)
        {
            throw new InvalidDataException($"a packet of {packet.Length} bytes");
        }
        if (!_isOpener)
        {
            return _peer is null ? TakeHello(packet)
                : IsHelloAgain(packet) ? (null, null)
                : TakeProof(packet);
        }
        return packet.IsEmpty ? throw new InvalidDataException("an empty packet")
            : packet[0] == Verdict ? (null, TakeVerdict(packet[1..]))
            : packet[0] == Challenge && _peer is null ? (TakeChallenge(packet[1..]), null)
            : throw new InvalidDataException("it is no node of this kind");
    }

    /// <summary>Nothing but what the acceptor has heard already: it says nothing new, however late it comes.</summary>
    public bool IsHelloAgain(ReadOnlySpan<byte> packet) =>
        _hello.Length > 0 && packet.SequenceEqual(_hello);

    private (byte[]? Reply, Admission? Outcome) TakeHello(ReadOnlySpan<byte> packet)
    {
        if (!packet.StartsWith(Magic))
        {
            throw new InvalidDataException("it begins without a handshake, as other programs do");
        }
        _peer = PeerIdentity.FromBytes(packet[Magic.Length..]);
        _hello = packet.ToArray();
        if (FlawOf(_peer) is { } flaw)
        {
            return Conclude(Access.None, flaw);
        }
        _token = _token!.For(_peer.Person); // reason: acceptors have one
        _transcript = Transcript(packet[Magic.Length..], _ownBytes);
        return ([Challenge, .. ProofOf("acceptor"), .. _ownBytes], null);
    }

    private string? FlawOf(PeerIdentity peer) =>
        peer.Protocol != PeerIdentity.CurrentProtocol
            ? $"it speaks protocol {peer.Protocol}; accepted: {PeerIdentity.CurrentProtocol}"
        : peer.IsNode && peer.Program != _own.Program
            ? $"it is pvtimer {peer.Program}; accepted: {_own.Program}, as the other nodes"
        : peer is { IsNode: true, Person: { } person }
            ? $"it is a node with the token of {person}; accepted: the cluster's own"
        : !peer.IsNode && !peer.Address.Contains(ClientHost, StringComparison.Ordinal)
            ? $"it is a client at {peer.Address}; accepted: a host that ends in .invalid"
        : null;

    private byte[] TakeChallenge(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < ProofBytes)
        {
            throw new InvalidDataException("a challenge that is cut off");
        }
        ReadOnlySpan<byte> identity = packet[ProofBytes..];
        _peer = PeerIdentity.FromBytes(identity);
        _transcript = Transcript(_ownBytes, identity);
        _isPeerProved = IsProof("acceptor", packet[..ProofBytes]);
        // A node that cannot prove it gets nothing to work with.
        return _isPeerProved ? [Proof, .. ProofOf("opener")] : [Proof];
    }

    private (byte[]? Reply, Admission? Outcome) TakeProof(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty || packet[0] != Proof)
        {
            throw new InvalidDataException("a packet out of its turn");
        }
        _isPeerProved = IsProof("opener", packet[1..]);
        return _isPeerProved ? Conclude(Access.Full, "")
            : _peer!.IsNode ? Conclude(Access.None, NotTheToken) // reason: its hello came before
            : Conclude(Access.Look, NotTheToken);
    }

    private const string NotTheToken = "that is not this cluster's control token";

    private (byte[] Reply, Admission Outcome) Conclude(Access access, string why) =>
        ([Verdict, (byte)access, .. Encoding.UTF8.GetBytes(why)], Admit(access, why));

    private Admission TakeVerdict(ReadOnlySpan<byte> packet)
    {
        Access said = packet.IsEmpty ? Access.None : (Access)packet[0];
        string why =
            packet.Length > 1 ? PlainText.OneLine(Encoding.UTF8.GetString(packet[1..])) : "";
        Access access = said switch
        {
            Access.Full => _isPeerProved ? Access.Full : Access.None,
            Access.Look when !_own.IsNode && _peer is not null => Access.Look,
            _ => Access.None,
        };
        return Admit(access, why.Length > 0 || access == Access.Full ? why : NotTheToken);
    }

    private Admission Admit(Access access, string why) =>
        access == Access.Full
            ? new Admission(
                _peer!, // reason: proved
                access,
                why,
                SendKey: KeyOf(_isOpener ? "to acceptor" : "to opener"),
                ReceiveKey: KeyOf(_isOpener ? "to opener" : "to acceptor")
            )
            : new Admission(_peer ?? _own with { Address = "" }, access, why, null, null);

    private byte[] ProofOf(string label) => _token!.Mac(label, _transcript); // reason: acceptors have one, openers that prove have

    private byte[] KeyOf(string label) => ProofOf(label);

    private bool IsProof(string label, ReadOnlySpan<byte> shown) =>
        _token is not null && CryptographicOperations.FixedTimeEquals(shown, ProofOf(label));

    private static byte[] Transcript(ReadOnlySpan<byte> opener, ReadOnlySpan<byte> acceptor) =>
        [.. SHA256.HashData(opener), .. SHA256.HashData(acceptor)];
}

/// <summary>How a handshake ended.</summary>
/// <param name="Peer">The other end, as it calls itself.</param>
/// <param name="Access">What it may do.</param>
/// <param name="Why">Why not more; empty with full access.</param>
/// <param name="SendKey">Authenticates what is sent; null: nothing does.</param>
/// <param name="ReceiveKey">Authenticates what arrives; null: nothing does.</param>
/// <param name="IsVerdict">The handshake came to its end; otherwise the connection was lost before.</param>
internal sealed record Admission(
    PeerIdentity Peer,
    Access Access,
    string Why,
    byte[]? SendKey,
    byte[]? ReceiveKey,
    bool IsVerdict = true
);
