using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Cli.Ops.Top;
using PvTimer.Model.Time;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Tests.Top;

/// <summary>The console in a terminal: keys in, lines out.</summary>
public sealed class TopTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<ViewKind, string> Views =>
        new()
        {
            { ViewKind.Cluster, "" },
            { ViewKind.Machine, "" },
            { ViewKind.Host, "h0" },
            { ViewKind.Actor, "h0/pcpu-0" },
            { ViewKind.Timers, "" },
        };

    [Theory]
    [MemberData(nameof(Views))]
    public void Screen_is_as_large_as_the_terminal_and_no_larger(ViewKind kind, string subject)
    {
        foreach ((int width, int height) in new[] { (80, 24), (40, 8), (132, 50) })
        {
            foreach (TopMode mode in Enum.GetValues<TopMode>())
            {
                TopState state = new()
                {
                    View = new View(kind, subject),
                    Mode = mode,
                    Said = new TopLine(new string('x', 300)),
                    Input = new string('y', 200),
                    Plan = new OrderPlan(true, [new string('z', 150)], ""),
                };
                ImmutableArray<TopLine> lines = TopScreen.Draw(
                    SampleOf(),
                    null,
                    state,
                    Noon,
                    width,
                    height
                );
                Assert.Equal(height, lines.Length);
                Assert.All(lines, line => Assert.True(line.Text.Length <= width, line.Text));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void Page_shows_what_was_sampled(ViewKind kind, string subject)
    {
        TopState state = new() { View = new View(kind, subject) };
        string page = string.Join('\n', Screen(state).Select(line => line.TrimEnd()));
        GoldenText.AssertHolds($"top-{kind}.txt".ToLowerInvariant(), page);
    }

    [Fact]
    public void Exits_of_the_marked_host_stand_below_the_hosts()
    {
        TopState state = Press(Press(new TopState(), "2"), "j");
        Assert.Contains(
            "h1, exits/s: HLT ",
            string.Join('\n', Screen(state)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Trouble_is_said_with_the_age_of_what_is_shown()
    {
        ImmutableArray<TopLine> lines = TopScreen.Draw(
            SampleOf(),
            "no node answers",
            new TopState(),
            Noon,
            80,
            24
        );
        Assert.Contains(
            lines,
            line =>
                line is { Tone: TopTone.Bad, Text: "no node answers; shown is what was 2.0 s ago" }
        );
        Assert.Contains(
            TopScreen.Draw(null, "no node answers", new TopState(), Noon, 80, 24),
            line => line is { Tone: TopTone.Bad, Text: "no node answers" }
        );
    }

    [Fact]
    public void Keys_lead_from_the_cluster_to_a_field_of_an_actor_and_back()
    {
        TopState state = Press(new TopState(), "2");
        Assert.Equal(ViewKind.Machine, state.View.Kind);
        state = Press(state, ConsoleKey.Enter);
        Assert.Equal(new View(ViewKind.Host, "h0"), state.View);
        state = Press(Press(state, "j"), ConsoleKey.Enter);
        Assert.Equal(new View(ViewKind.Actor, "vm-0/vcpu-0"), state.View);
        state = Press(state, ConsoleKey.Escape);
        Assert.Equal(new View(ViewKind.Host, "h0"), state.View);
        state = Press(Press(state, ConsoleKey.Escape), ConsoleKey.Escape);
        Assert.Equal(ViewKind.Cluster, Press(state, ConsoleKey.Escape).View.Kind);
    }

    [Fact]
    public void Rows_are_marked_sorted_and_filtered_by_key()
    {
        TopState state = Press(new TopState(), "2");
        Assert.Equal("h1", Press(state, ConsoleKey.End).Marked);
        Assert.Equal("h0", Press(Press(state, ConsoleKey.End), ConsoleKey.Home).Marked);
        Assert.Equal("h1", Press(Press(state, ConsoleKey.DownArrow), ConsoleKey.PageDown).Marked);
        TopState sorted = Press(Press(state, "s"), "v");
        Assert.True(Row(sorted, "h1") < Row(sorted, "h0"));
        Assert.Contains(
            Screen(sorted),
            line => line.StartsWith("hostv ", StringComparison.Ordinal)
        );
        TopState filtered = Press(Press(Press(Press(state, "/"), "h"), "1"), ConsoleKey.Enter);
        Assert.Equal(-1, Row(filtered, "h0"));
        Assert.Contains(
            Screen(filtered),
            line => line.Contains("1 of 2, with 'h1'", StringComparison.Ordinal)
        );
        Assert.NotEqual(-1, Row(Press(filtered, ConsoleKey.Escape), "h0"));
    }

    [Theory]
    [InlineData("move h0 node-2", OrderVerb.Move, "h0", "node-2")]
    [InlineData("drain node-2", OrderVerb.Drain, "node-2", null)]
    [InlineData("KILL node-2", OrderVerb.Kill, "node-2", null)]
    [InlineData("travel 5ms", OrderVerb.Travel, null, "5ms")]
    [InlineData("pause", OrderVerb.Pause, null, null)]
    [InlineData("pace 10ms", OrderVerb.Pace, null, "10ms")]
    [InlineData(
        "inject { stall = h0, for = 1ms }",
        OrderVerb.Inject,
        "{ stall = h0, for = 1ms }",
        null
    )]
    [InlineData(
        "start a.conf seed=7 duration=1ms",
        OrderVerb.Start,
        "a.conf",
        "seed=7 duration=1ms"
    )]
    [InlineData("resume-from runs/a-1", OrderVerb.ResumeFrom, "runs/a-1", null)]
    public void Typed_order_is_planned(string text, OrderVerb verb, string? subject, string? to)
    {
        TopState state = Press(new TopState(), ":");
        foreach (char key in text)
        {
            state = Press(state, $"{key}");
        }
        (_, TopWish? wish) = TopKeys.Press(state, Key(ConsoleKey.Enter), SampleOf());
        Assert.Equal(new OrderRequest(verb, subject, to), Assert.IsType<TopWish.Plan>(wish).Order);
    }

    [Theory]
    [InlineData("")]
    [InlineData("explode")]
    [InlineData("7")]
    public void What_is_no_order_is_said(string text)
    {
        TopState state = Press(new TopState(), ":");
        foreach (char key in text)
        {
            state = Press(state, $"{key}");
        }
        (TopState after, TopWish? wish) = TopKeys.Press(state, Key(ConsoleKey.Enter), SampleOf());
        Assert.Null(wish);
        Assert.Contains("accepted: ", after.Said!.Value.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_is_carried_out_with_its_reason_or_given_up()
    {
        TopState planned = new()
        {
            Mode = TopMode.Confirm,
            Draft = new OrderRequest(OrderVerb.Step),
            Plan = new OrderPlan(true, ["one step"], "seal"),
        };
        Assert.Contains(
            Screen(planned),
            line => line.Contains("one step", StringComparison.Ordinal)
        );
        (TopState after, TopWish? wish) = TopKeys.Press(
            Press(planned, "w"),
            Key(ConsoleKey.Enter),
            SampleOf()
        );
        OrderRequest order = Assert.IsType<TopWish.Carry>(wish).Order;
        Assert.Equal(("w", "seal", Environment.UserName), (order.Reason, order.Confirm, order.By));
        Assert.Equal((TopMode.Browse, "w"), (after.Mode, after.Reason));
        (after, wish) = TopKeys.Press(planned, Key(ConsoleKey.Escape), SampleOf());
        Assert.Null(wish);
        Assert.Equal((TopMode.Browse, null), (after.Mode, after.Draft));
        TopState impossible = planned with { Plan = new OrderPlan(false, ["no"], "") };
        Assert.Null(TopKeys.Press(impossible, Key(ConsoleKey.Enter), SampleOf()).Wish);
    }

    [Theory]
    [InlineData("p", RunPhase.Held, OrderVerb.Resume)]
    [InlineData("p", RunPhase.Running, OrderVerb.Pause)]
    [InlineData(".", RunPhase.Held, OrderVerb.Step)]
    [InlineData("+", RunPhase.Held, OrderVerb.Checkpoint)]
    public void Key_wants_an_order(string key, RunPhase phase, OrderVerb verb)
    {
        (_, TopWish? wish) = TopKeys.Press(new TopState(), KeyOf(key), SampleOf(phase));
        Assert.Equal(new OrderRequest(verb), Assert.IsType<TopWish.Plan>(wish).Order);
        Assert.IsType<TopWish.Quit>(TopKeys.Press(new TopState(), KeyOf("q"), null).Wish);
    }

    private static Sample SampleOf(RunPhase phase = RunPhase.Held)
    {
        FakeCluster cluster = new() { Phase = phase, At = VirtualTime.FromNanoseconds(4_000_000) };
        Sample before = cluster.Sampled(null, Noon.AddSeconds(-3), 2);
        cluster.At = VirtualTime.FromNanoseconds(5_000_000);
        cluster.Fired += 20;
        return cluster.Sampled(before, Noon.AddSeconds(-2), 3);
    }

    private static string[] Screen(TopState state) =>
        [.. TopScreen.Draw(SampleOf(), null, state, Noon, 80, 24).Select(line => line.Text)];

    private static int Row(TopState state, string host) =>
        Array.FindIndex(
            Screen(state),
            line => line.StartsWith($"{host} ", StringComparison.Ordinal)
        );

    private static TopState Press(TopState state, string key) =>
        TopKeys.Press(state, KeyOf(key), SampleOf()).State;

    private static TopState Press(TopState state, ConsoleKey key) =>
        TopKeys.Press(state, Key(key), SampleOf()).State;

    private static ConsoleKeyInfo Key(ConsoleKey key) => new('\0', key, false, false, false);

    private static ConsoleKeyInfo KeyOf(string key) =>
        new(key[0], ConsoleKey.None, false, false, false);
}
