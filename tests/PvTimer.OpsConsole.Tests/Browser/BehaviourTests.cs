using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Microsoft.Playwright;
using PvTimer.Cli;
using Program = PvTimer.Cli.Program;

namespace PvTimer.OpsConsole.Tests.Browser;

/// <summary>What people do with the page, in a real browser, to a run on three real processes.</summary>
[Trait("Runs", "Alone")]
public sealed class BehaviourTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>Long enough for people; a run that is told to goes on to this end.</summary>
    private const string Long = "60s";

    [Fact]
    public async Task Cell_is_moved_with_the_keyboard_once_the_plan_was_seen()
    {
        await using LiveConsole live = await Running();
        await using Tab tab = await chromium.Open(live.Address);
        await tab.Page.FocusAsync("[data-cell=h0]");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.SelectOptionAsync("select[aria-label='Move h0 to']", "node-3");
        Assert.Contains(
            "h0 moves from node-1 to node-3",
            await tab.Page.InnerTextAsync("dialog[open]"),
            StringComparison.Ordinal
        );
        await Confirm(tab, live, byKeyboard: true);
        await tab.Page.WaitForSelectorAsync("[data-node=node-3] >> [data-cell=h0]");
        Assert.Contains(
            "node-3",
            (await live.Get("/cluster/shards/host"))["shards"]!
                .AsArray()
                .Single(shard => (string?)shard!["shardId"] == "h0")!["node"]!.ToString(),
            StringComparison.Ordinal
        );
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Cell_is_dragged_to_another_node_and_a_killed_node_is_said_to_be_gone()
    {
        await using LiveConsole live = await Running();
        await using Tab tab = await chromium.Open(live.Address);
        await tab.Page.DragAndDropAsync("[data-cell=h1]", "[data-node=node-2]");
        await Confirm(tab, live);
        await tab.Page.WaitForSelectorAsync("[data-node=node-2] >> [data-cell=h1]");

        await tab.Page.ClickAsync("button.danger[aria-label='Kill: node-1']");
        await Confirm(tab, live);
        // It was the coordinator: the line is in the history that its successor goes on with.
        await tab.Page.WaitForSelectorAsync(".history >> text=a test: Kill node-1: to see it");
        await tab.Page.WaitForSelectorAsync(".history >> text=the coordinator was lost");
        await tab.Page.WaitForFunctionAsync(
            "() => !document.querySelector('[data-node=node-1]') && document.querySelectorAll('[data-cell]').length === 8"
        );
        JsonNode seen = await live.Until(
            now => (string?)now["run"]?["phase"] == "running" && (long?)now["run"]?["epoch"] >= 3,
            "formation without node-1"
        );
        Assert.Equal(2, seen["content"]!["members"]!.AsArray().Count);
        Assert.Empty(tab.Complaints);
    }

    /// <summary>Long enough to be slowed down before its end.</summary>
    private const string Watched = "600ms";

    [Fact]
    public async Task Watched_paused_stepped_and_travelled_run_ends_with_the_hash_of_an_undisturbed_one()
    {
        await using LiveConsole live = await LiveConsole.Start(
            duration: Watched,
            settings: "events=[]"
        );
        await live.SlowDown();
        await using Tab tab = await chromium.Open($"{live.Address}/#/machine");
        await tab.Page.WaitForSelectorAsync("table >> text=h7");
        await tab.Page.Keyboard.PressAsync("p");
        await Confirm(tab, live, byKeyboard: true);
        await tab.Page.WaitForSelectorAsync(".phase.held");

        JsonNode paused = await Standing(live);
        long at = (long)paused["run"]!["reached_ns"]!;
        string hash = (string)paused["run"]!["trace_hash"]!;
        await tab.Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('#vitals dd')][1].textContent === '0'"
        );

        long next = (long)paused["run"]!["next_ns"]!;
        await tab.Page.Keyboard.PressAsync(".");
        await Confirm(tab, live, byKeyboard: true);
        JsonNode stepped = await Standing(live, next + 1);
        Assert.NotEqual(hash, $"{stepped["run"]!["trace_hash"]}", StringComparer.Ordinal);

        await tab.Page.GotoAsync($"{live.Address}/#/run");
        await tab.Page.WaitForSelectorAsync(
            $"text=trace hash so far {stepped["run"]!["trace_hash"]}"
        );
        await tab.Page.WaitForSelectorAsync("dt:text('next event') + dd:text-matches('[mu]s$')");
        await BackAlongTheTimeline(tab);
        Assert.Contains(
            "Travel",
            await tab.Page.InnerTextAsync("dialog[open] h2"),
            StringComparison.Ordinal
        );
        await tab.Page.Keyboard.PressAsync("Escape");
        await Travel(tab, live, at / 2);
        JsonNode earlier = await Standing(live, at / 2);
        Assert.NotEqual(hash, $"{earlier["run"]!["trace_hash"]}", StringComparer.Ordinal);
        await Travel(tab, live, at);
        JsonNode again = await Standing(live, at);
        Assert.Equal(hash, (string)again["run"]!["trace_hash"]!);

        await tab.Page.ClickAsync("text=Resume >> nth=0");
        await Confirm(tab, live);
        await live.SpeedUp();
        string whole = await live.Hash();
        Assert.Equal(Undisturbed(live), whole);
        Assert.Empty(tab.Complaints);
        // The nodes have gone with their run; its end is shown all the same.
        await tab.Page.WaitForSelectorAsync($"#results >> text={whole}");
        await tab.Page.WaitForSelectorAsync(
            $"#results >> text=\"{live.RunDirectory}/report.html\""
        );
    }

    [Fact]
    public async Task Machine_is_drilled_into_with_the_keyboard_down_to_a_field_of_one_actor()
    {
        await using LiveConsole live = await Running();
        await using Tab tab = await chromium.Open(live.Address);
        await tab.Page.Keyboard.PressAsync("2");
        await tab.Page.WaitForSelectorAsync("table >> text=h7");
        await tab.Page.Keyboard.PressAsync("j");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForSelectorAsync("h1:text('Host h0')");
        // It stays on that host however far the run had come before it was slowed down; web-0 leaves it at 20 ms.
        await tab.Page.WaitForSelectorAsync("table >> text=batch-0/vcpu-0");
        await tab.Page.Keyboard.PressAsync("/");
        await tab.Page.Keyboard.TypeAsync("vcpu-1");
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.Keyboard.PressAsync("j");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForSelectorAsync("h1:text('vcpu-1')");
        await tab.Page.WaitForSelectorAsync("dt:text('LVT timer mode') + dd:text('TSC deadline')");
        await tab.Page.WaitForSelectorAsync("text=Everything is of one instant");
        await tab.Page.FocusAsync("summary");
        await tab.Page.Keyboard.PressAsync("Enter");
        await tab.Page.WaitForSelectorAsync("td:text('timers.armed')");
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.WaitForSelectorAsync("h1:text('Host h0')");
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Console_that_only_shows_refuses_every_order_and_says_so()
    {
        await using LiveConsole live = await Running(allowControl: false);
        await using Tab tab = await chromium.Open(live.Address);
        await tab.Page.WaitForSelectorAsync("text=shows only");
        await tab.Page.WaitForSelectorAsync("button[aria-label='Kill: node-1']:disabled");
        await tab.Page.Keyboard.PressAsync("p");
        await tab.Page.WaitForSelectorAsync("dialog[open] >> text=This console only shows");
        Assert.True(await tab.Page.IsDisabledAsync("dialog[open] button[type=submit]"));
        Assert.StartsWith("read_only", await live.Order("pause"), StringComparison.Ordinal);
        await tab.Page.Keyboard.PressAsync("Escape");
        await tab.Page.GotoAsync($"{live.Address}/#/run");
        await BackAlongTheTimeline(tab);
        await tab.Page.WaitForSelectorAsync("text=it cannot send the run back");
        Assert.Null(await tab.Page.QuerySelectorAsync("dialog[open]"));
        JsonNode seen = await live.Get("/api/cluster");
        Assert.Equal("running", (string?)seen["run"]!["phase"]);
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Wrong_token_is_refused_and_a_link_leads_to_its_moment_with_the_right_one()
    {
        await using LiveConsole live = await Running();
        await using Tab tab = await chromium.Open(
            $"{live.Address}/#/at?scenario=eight-hosts&backend=pvtimer&seed=8&at_ns=3000001"
        );
        await tab.Page.WaitForSelectorAsync("text=That run is here");
        await tab.Page.ClickAsync("text=Go there...");
        await Confirm(tab, live, token: "this is another token");
        await tab.Page.WaitForSelectorAsync(".said.refused >> text=not the control token");
        await tab.Page.ClickAsync("text=Go there...");
        await Confirm(tab, live);
        await Standing(live, 3_000_001);
        await ExampleOfAnEventIsPlannedAndNonsenseIsNot(tab, live);
        string[] audit = await File.ReadAllLinesAsync(live.AuditFile);
        Assert.Equal(2, audit.Length);
        Assert.DoesNotContain(audit, line => line.Contains(live.Token, StringComparison.Ordinal));
        await tab.Page.GotoAsync(
            $"{live.Address}/#/at?scenario=eight-hosts&backend=pvtimer&seed=9&at_ns=5"
        );
        await tab.Page.WaitForSelectorAsync("text=This cluster has another run");
        // What the wrong token got is the only thing that a browser complains about.
        Assert.All(tab.Complaints, line => Assert.Contains("401", line, StringComparison.Ordinal));
    }

    /// <summary>To the earliest instant that was seen, with the keyboard.</summary>
    private static async Task BackAlongTheTimeline(Tab tab)
    {
        await tab.Page.WaitForSelectorAsync("output:text('now')");
        await tab.Page.FocusAsync("#instant");
        await tab.Page.Keyboard.PressAsync("Home");
        await tab.Page.WaitForSelectorAsync("output:text('back')");
        await tab.Page.Keyboard.PressAsync("Enter");
    }

    private static async Task ExampleOfAnEventIsPlannedAndNonsenseIsNot(Tab tab, LiveConsole live)
    {
        await tab.Page.GotoAsync($"{live.Address}/#/run");
        await tab.Page.FillAsync("#order-inject", "{ nonsense = h0 }");
        await tab.Page.ClickAsync("text=Inject...");
        await tab.Page.WaitForSelectorAsync(".said.refused >> text=accepted: one of move");
        Assert.Null(await tab.Page.QuerySelectorAsync("dialog[open]"));
        string example = (await tab.Page.GetAttributeAsync("#order-inject", "placeholder"))!;
        await tab.Page.FillAsync("#order-inject", example);
        await tab.Page.ClickAsync("text=Inject...");
        await tab.Page.WaitForSelectorAsync($"dialog[open] >> text={example} happens");
        await tab.Page.Keyboard.PressAsync("Escape");
    }

    private static async Task<LiveConsole> Running(bool allowControl = true)
    {
        LiveConsole live = await LiveConsole.Start(allowControl, Long);
        JsonNode begun = await live.Until(
            seen =>
                (string?)seen["run"]?["phase"] == "running"
                && (long?)seen["run"]?["reached_ns"] > 4_000_000,
            "run that has begun"
        );
        await live.SlowDown();
        // A plan that is made before the slower formation runs is out of date when it does, and is refused.
        await live.Until(
            seen =>
                (string?)seen["run"]?["phase"] == "running"
                && (long?)seen["run"]?["epoch"] > (long?)begun["run"]?["epoch"],
            "run that is slow"
        );
        return live;
    }

    /// <summary>Where virtual time stands still, with all that is known of it.</summary>
    private static Task<JsonNode> Standing(LiveConsole live, long? at = null) =>
        live.Until(
            seen =>
                (string?)seen["run"]?["phase"] == "held"
                && seen["run"]!["trace_hash"] is not null
                && (at is null || (long?)seen["run"]!["reached_ns"] == at),
            string.Create(CultureInfo.InvariantCulture, $"standing at {at} ns"),
            "/api/machine"
        );

    private static async Task Travel(Tab tab, LiveConsole live, long to)
    {
        await tab.Page.FillAsync(
            "#order-travel",
            string.Create(CultureInfo.InvariantCulture, $"{to}ns")
        );
        await tab.Page.ClickAsync("text=Travel...");
        await Confirm(tab, live);
    }

    /// <summary>Says who and why, shows the token, and has it done.</summary>
    private static async Task Confirm(
        Tab tab,
        LiveConsole live,
        string? token = null,
        bool byKeyboard = false
    )
    {
        try
        {
            await tab.Page.WaitForSelectorAsync("dialog[open]");
        }
        catch (TimeoutException)
        {
            // A plan that is refused opens none; the page says why.
            Assert.Fail($"no dialog; the page says: {await tab.Page.TextContentAsync("#said")}");
        }
        await tab.Page.FillAsync("dialog [name=by]", "a test");
        await tab.Page.FillAsync("dialog [name=reason]", "to see it");
        await tab.Page.FillAsync("dialog [name=token]", token ?? live.Token);
        if (byKeyboard)
        {
            await tab.Page.Keyboard.PressAsync("Enter");
        }
        else
        {
            await tab.Page.ClickAsync("dialog button[type=submit]");
        }
        await tab.Page.WaitForSelectorAsync(
            "dialog[open]",
            new PageWaitForSelectorOptions { State = WaitForSelectorState.Hidden }
        );
    }

    private static string Undisturbed(LiveConsole live)
    {
        using StringWriter output = new();
        int code = Program.Run(
            [
                "run",
                LiveConsole.Repository("config/scenarios/eight-hosts.conf"),
                "--backend",
                "pvtimer",
                "--engine",
                "sequential",
                "--set",
                $"duration={Watched}",
                "--set",
                "events=[]",
                "--json",
                "--out",
                Path.Combine(live.Folder, "undisturbed"),
            ],
            new Session(output, TextWriter.Null, false, false, default)
        );
        Assert.Equal(0, code);
        return (string)JsonNode.Parse(output.ToString())!["backends"]!["pvtimer"]!["trace_hash"]!;
    }
}
