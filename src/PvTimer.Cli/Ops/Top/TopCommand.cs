using System;
using System.CommandLine;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.Cli.Ops.Top;

/// <summary>pvtimer top: the console of a cluster in a terminal.</summary>
internal sealed class TopCommand
{
    private const int PlainWidth = 80;
    private const int PlainHeight = 400;

    private readonly ClusterEntry _entry = new();

    private readonly Option<bool> _once = new("--once")
    {
        Description = "Print one page, and end; always if standard output is no terminal",
    };

    private readonly Option<string> _page = new("--page")
    {
        Description = "Where to begin",
        HelpName = "cluster|machine|timers",
        DefaultValueFactory = _ => "cluster",
    };

    private readonly Session _session;

    private TopCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        TopCommand own = new(session);
        own._page.AcceptOnlyFromAmong("cluster", "machine", "timers");
        Command command = new("top", "Watch a cluster in the terminal, and give it orders")
        {
            own._once,
            own._page,
        };
        own._entry.AddTo(command);
        command.SetAction(parsed => own.Invoke(parsed).GetAwaiter().GetResult());
        return command;
    }

    private async Task<int> Invoke(ParseResult parsed)
    {
        ClusterEntry.Entered entered = _entry.Enter(parsed);
        View first = new(Enum.Parse<ViewKind>(parsed.GetValue(_page)!, ignoreCase: true));
        await using ClusterDoor door = entered.Open();
        DoorToCluster cluster = new(door);
        await using Sampler sampler = new(cluster, TimeSpan.FromMilliseconds(500));
        // Whoever mistyped the address learns it now. Rates need two samples.
        await sampler.Once(first, _session.Stop).ConfigureAwait(false);
        if (parsed.GetValue(_once) || !_session.OutputIsTerminal)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), _session.Stop).ConfigureAwait(false);
            Print(await sampler.Once(first, _session.Stop).ConfigureAwait(false), first);
            return ExitCode.Done;
        }
        TopLoop loop = new(
            sampler,
            entered.Desk(cluster, entered.Runs(_session)),
            entered.Token.Text
        );
        await loop.Run(first, _session.Stop).ConfigureAwait(false);
        return ExitCode.Done;
    }

    private void Print(Sample sample, View view)
    {
        TopState state = new() { View = view };
        TopLine[] lines =
        [
            .. TopScreen.Draw(sample, null, state, DateTimeOffset.UtcNow, PlainWidth, PlainHeight),
        ];
        int last = Array.FindLastIndex(lines[..^1], line => line.Text.Length > 0);
        foreach (TopLine line in lines.Take(last + 1))
        {
            _session.Output.WriteLine(line.Text);
        }
    }
}
