using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;
using Akka.Remote.Transport;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>Who is let in, and how far; without a network.</summary>
public sealed class HandshakeTests
{
    private const string Client = "client@0123.invalid:1";
    private const string Node = "pvtimer@127.0.0.1:4053";

    private static readonly ControlToken Ours = ControlToken.New();
    private static readonly ControlToken Theirs = ControlToken.New();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_knows_the_token_gets_full_access_and_both_ends_the_same_keys(bool isNode)
    {
        (Admission opener, Admission acceptor) = Shake(Peer(isNode), Ours);
        Assert.Equal((Access.Full, Access.Full), (opener.Access, acceptor.Access));
        Assert.Equal(opener.SendKey, acceptor.ReceiveKey);
        Assert.Equal(opener.ReceiveKey, acceptor.SendKey);
        Assert.NotEqual(opener.SendKey, opener.ReceiveKey);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Client_with_another_token_or_none_may_look(bool hasToken)
    {
        (Admission opener, Admission acceptor) = Shake(Peer(), hasToken ? Theirs : null);
        Assert.Equal((Access.Look, Access.Look), (opener.Access, acceptor.Access));
        Assert.Contains("control token", opener.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice", "alice", true)]
    [InlineData("alice", "bob", false)]
    [InlineData("mallory", "alice", false)]
    [InlineData(null, "alice", false)]
    public void Name_counts_only_with_the_token_of_that_person(
        string? said,
        string whose,
        bool isThatPerson
    )
    {
        ControlToken ofNodes = TokenFile($"{Ours.Text}\nalice: {Alice}\n\nbob: {Bob}\n");
        ControlToken own = ControlToken.Of(whose == "alice" ? Alice : Bob);
        (Admission opener, Admission acceptor) = Shake(Peer() with { Person = said }, own, ofNodes);
        Access expected = isThatPerson ? Access.Full : Access.Look;
        Assert.Equal((expected, expected), (opener.Access, acceptor.Access));
    }

    [Fact]
    public void Person_is_no_node()
    {
        ControlToken ofNodes = TokenFile($"{Ours.Text}\nalice: {Alice}");
        (Admission opener, _) = Shake(
            Peer(isNode: true) with
            {
                Person = "alice",
            },
            ControlToken.Of(Alice),
            ofNodes
        );
        Assert.Equal(Access.None, opener.Access);
        Assert.Contains("accepted: the cluster's own", opener.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alice: 0123456789abcdef0", "alice")]
    [InlineData("0123456789abcdef0", null)]
    public void File_of_a_person_says_whose_it_is(string text, string? person) =>
        Assert.Equal(person, TokenFile(text).Person);

    [Theory]
    [InlineData("0123456789abcdef0\nalice", "accepted: NAME: TOKEN")]
    [InlineData("0123456789abcdef0\nalice: short", "at least 16")]
    [InlineData("0123456789abcdef0\n../x: 0123456789abcdef0", "the person")]
    public void Line_that_is_no_token_of_a_person_is_refused(string text, string said)
    {
        NodeOptionsException refusal = Assert.Throws<NodeOptionsException>(() => TokenFile(text));
        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    private const string Alice = "alice-0123456789abcdef";
    private const string Bob = "bob-0123456789abcdef";

    private static ControlToken TokenFile(string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return ControlToken.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Node_with_another_token_is_refused_and_told_why()
    {
        (Admission opener, Admission acceptor) = Shake(Peer(isNode: true), Theirs);
        Assert.Equal((Access.None, Access.None), (opener.Access, acceptor.Access));
        Assert.Contains("control token", opener.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Node_of_another_program_is_refused_and_a_client_of_one_is_not()
    {
        PeerIdentity node = Peer(isNode: true) with { Program = "0.0.9+abc" };
        (Admission opener, _) = Shake(node, Ours);
        Assert.Equal(Access.None, opener.Access);
        Assert.Contains("pvtimer 0.0.9+abc; accepted:", opener.Why, StringComparison.Ordinal);
        (Admission client, _) = Shake(Peer() with { Program = "0.0.9+abc" }, Ours);
        Assert.Equal(Access.Full, client.Access);
    }

    [Fact]
    public void Other_protocols_and_clients_that_pass_for_nodes_are_refused()
    {
        (Admission other, _) = Shake(Peer() with { Protocol = 99 }, Ours);
        Assert.Contains(
            $"protocol 99; accepted: {PeerIdentity.CurrentProtocol}",
            other.Why,
            StringComparison.Ordinal
        );
        (Admission passing, _) = Shake(Peer() with { Address = Node }, Theirs);
        Assert.Contains(".invalid", passing.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_proved_on_one_connection_proves_nothing_on_another()
    {
        List<byte[]> said = [];
        Shake(Peer(), Ours, said: said);
        Handshake acceptor = Acceptor();
        acceptor.Take(said[0]);
        (_, Admission? outcome) = acceptor.Take(said[1]);
        Assert.Equal(Access.Look, outcome!.Access);
    }

    [Fact]
    public void Node_that_claims_full_access_without_proof_is_not_believed()
    {
        Handshake opener = Handshake.OfOpener(Peer(), Ours);
        opener.Hello();
        byte[] identity = PeerIdentity.Own(Node, isNode: true).ToBytes();
        (byte[]? reply, _) = opener.Take([2, .. new byte[32], .. identity]);
        // It gets no proof to pass on.
        Assert.Equal([3], reply);
        (_, Admission? outcome) = opener.Take([4, (byte)Access.Full]);
        Assert.Equal(Access.None, outcome!.Access);
    }

    [Fact]
    public void Token_is_in_nothing_that_is_said()
    {
        List<byte[]> said = [];
        Shake(Peer(), Ours, said: said);
        foreach (byte[] packet in said)
        {
            Assert.DoesNotContain(
                Ours.Text,
                Encoding.Latin1.GetString(packet),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void Whatever_else_arrives_ends_in_an_error_of_one_kind()
    {
        Random random = new(1);
        byte[] hello = Handshake.OfOpener(Peer(), Ours).Hello()!;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] packet = [.. hello];
            for (int change = random.Next(1, 8); change > 0; change--)
            {
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            }
            packet = packet[..random.Next(packet.Length + 1)];
            foreach (Handshake end in new[] { Acceptor(), Handshake.OfOpener(Peer(), Ours) })
            {
                try
                {
                    (_, Admission? outcome) = end.Take(packet);
                    Assert.NotEqual(Access.Full, outcome?.Access);
                }
                catch (InvalidDataException) { }
            }
        }
    }

    [Fact]
    public void Frames_that_are_forged_repeated_changed_or_out_of_order_do_not_open()
    {
        byte[] key = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray();
        using FrameAuthenticator seals = new(key);
        using FrameAuthenticator opens = new(key);
        using FrameAuthenticator forger = new([.. key.Reverse()]);
        byte[] first = seals.Seal([1, 2, 3]);
        seals.Advance();
        byte[] second = seals.Seal([1, 2, 3]);
        Assert.False(opens.Opens(second));
        Assert.False(opens.Opens(forger.Seal([1, 2, 3])));
        Assert.False(opens.Opens([.. first[..^1], 4]));
        Assert.False(opens.Opens(first.AsSpan(0, 15)));
        Assert.True(opens.Opens(first));
        Assert.False(opens.Opens(first));
        Assert.True(opens.Opens(second));
    }

    /// <summary>Akka keeps these classes to itself: a version that numbers the fields otherwise fails here.</summary>
    [Theory]
    [InlineData("AkkaProtocolMessage", "Payload", 1)]
    [InlineData("AkkaProtocolMessage", "Instruction", 2)]
    [InlineData("AckAndEnvelopeContainer", "Ack", 1)]
    [InlineData("AckAndEnvelopeContainer", "Envelope", 2)]
    [InlineData("RemoteEnvelope", "Recipient", 1)]
    [InlineData("RemoteEnvelope", "Message", 2)]
    [InlineData("RemoteEnvelope", "Sender", 4)]
    [InlineData("RemoteEnvelope", "Seq", 5)]
    [InlineData("Payload", "Message", 1)]
    [InlineData("Payload", "SerializerId", 2)]
    [InlineData("Payload", "MessageManifest", 3)]
    [InlineData("ActorRefData", "Path", 1)]
    [InlineData("AkkaControlMessage", "CommandType", 1)]
    [InlineData("AkkaControlMessage", "HandshakeInfo", 2)]
    [InlineData("AkkaHandshakeInfo", "Origin", 1)]
    [InlineData("AkkaHandshakeInfo", "Uid", 2)]
    [InlineData("AddressData", "System", 1)]
    [InlineData("AddressData", "Hostname", 2)]
    [InlineData("AddressData", "Port", 3)]
    [InlineData("AddressData", "Protocol", 4)]
    public void Fields_of_packets_have_the_numbers_that_are_read(
        string type,
        string field,
        int number
    )
    {
        Type message = typeof(AssociationHandle)
            .Assembly.GetTypes()
            .Single(each =>
                each.Name == type && each.Namespace!.EndsWith("Proto.Msg", StringComparison.Ordinal)
            );
        FieldInfo constant = message.GetField($"{field}FieldNumber")!;
        Assert.Equal(number, constant.GetRawConstantValue());
    }

    private static PeerIdentity Peer(bool isNode = false) =>
        PeerIdentity.Own(isNode ? "pvtimer@127.0.0.1:4054" : Client, isNode);

    private static Handshake Acceptor(ControlToken? ofNodes = null) =>
        Handshake.OfAcceptor(PeerIdentity.Own(Node, isNode: true), ofNodes ?? Ours);

    [Fact]
    public void Hello_that_is_said_again_is_answered_once_and_changes_nothing()
    {
        Handshake opener = Handshake.OfOpener(Peer(isNode: true), Ours);
        Handshake acceptor = Acceptor();
        byte[] hello = opener.Hello()!;
        Assert.Equal(hello, opener.Hello());
        (byte[]? challenge, _) = acceptor.Take(hello);
        Assert.Equal((null, null), acceptor.Take(hello));
        (byte[]? proof, _) = opener.Take(challenge);
        Assert.Null(opener.Hello());
        (_, Admission? outcome) = acceptor.Take(proof);
        Assert.Equal(Access.Full, outcome!.Access);
    }

    /// <summary>Both ends to their outcome; what the opener said goes into a list.</summary>
    private static (Admission Opener, Admission Acceptor) Shake(
        PeerIdentity peer,
        ControlToken? token,
        ControlToken? ofNodes = null,
        List<byte[]>? said = null
    )
    {
        Handshake opener = Handshake.OfOpener(peer, token);
        Handshake acceptor = Acceptor(ofNodes);
        byte[]? packet = opener.Hello();
        (Admission? ofOpener, Admission? ofAcceptor) = (null, null);
        while (packet is not null)
        {
            said?.Add(packet);
            (byte[]? reply, Admission? accepted) = acceptor.Take(packet);
            ofAcceptor ??= accepted;
            (packet, Admission? opened) = opener.Take(reply);
            ofOpener ??= opened;
        }
        return (ofOpener!, ofAcceptor!);
    }
}
