using System;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>What others say cannot move a cursor, forge a line or name a path.</summary>
public sealed class PlainTextTests : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("wire", "akka.loglevel = OFF");

    private WireSerializer Wire => new((ExtendedActorSystem)_system);

    public void Dispose() => _system.Dispose();

    [Theory]
    [InlineData("plain, Grüße, 定时器", "plain, Grüße, 定时器")]
    [InlineData("\u001b[2Jgone", "?[2Jgone")]
    [InlineData("one\r\n12:00:00.000 alice: Stop", "one  12:00:00.000 alice: Stop")]
    [InlineData("a\tb\0c\u0085d\u2028e", "a b?c d e")]
    [InlineData("\u202egnirts\u2066", "?gnirts?")]
    public void Text_is_one_line_without_anything_hidden(string text, string plain) =>
        Assert.Equal(plain, PlainText.OneLine(text));

    [Fact]
    public void What_is_parsed_again_keeps_its_lines_and_long_text_is_cut()
    {
        Assert.Equal("{ a = 1\n\tb = 2 }?", PlainText.Lines("{ a = 1\n\tb = 2 }\u001b"));
        string cut = PlainText.OneLine(new string('x', 1_000_000));
        Assert.Equal(PlainText.MostCharacters + 3, cut.Length);
    }

    [Fact]
    public void What_peers_say_is_plain_text_and_names_are_names()
    {
        ClusterCommand forged = Through(
            new ClusterCommand(
                ClusterVerb.Inject,
                "{ stall = h0\n for = 1ms }",
                By: "\u001b]0;mallory",
                Reason: "a\n12:00:00.000 forged"
            )
        );
        Assert.Equal("{ stall = h0\n for = 1ms }", forged.Subject);
        Assert.Equal("?]0;mallory", forged.By);
        Assert.Equal("a 12:00:00.000 forged", forged.Reason);
        Assert.Equal("?[1m", Through(new FormingFailed(1, "node-1", "\u001b[1m")).What);
        foreach (string name in new[] { "../../x", "", "a/b", "a\nb", new string('a', 65), ".x" })
        {
            SerializationException refusal = Assert.Throws<SerializationException>(() =>
                Through(ReportOf(name))
            );
            Assert.Contains("a node's name", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal("node-1", Through(ReportOf("node-1")).Seat.Name);
        Assert.Equal(6, ConnectionGuard.Of(_system).Refused);
    }

    [Fact]
    public void Messages_of_no_known_form_are_refused_and_counted()
    {
        byte[] any = Encoding.UTF8.GetBytes("{}");
        foreach (string manifest in new[] { "form/1", "", "System.IO.FileInfo", "go/1", "\u001b" })
        {
            Assert.Throws<SerializationException>(() => Wire.FromBinary(any, manifest));
        }
        Assert.Equal(5, ConnectionGuard.Of(_system).Refused);
    }

    private T Through<T>(T message)
        where T : notnull => (T)Wire.FromBinary(Wire.ToBinary(message), Wire.Manifest(message));

    private static NodeReport ReportOf(string name) =>
        new(
            new ClusterSeat(name, "akka.tcp://pvtimer@127.0.0.1:1", ["cpu"], 1, ProcessMark.Own),
            NodePhase.Idle,
            0,
            0,
            0,
            0,
            0,
            null,
            0,
            0,
            0,
            0,
            0
        );
}
