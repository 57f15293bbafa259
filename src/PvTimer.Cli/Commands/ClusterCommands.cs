using System;
using System.CommandLine;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Cli.Display;
using PvTimer.Experiments;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding;
using PvTimer.Sharding.Clients;
using Spectre.Console;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer cluster ...: looks at a cluster that runs, and has it do things.</summary>
internal sealed class ClusterCommands
{
    private readonly Option<string[]> _endpoint = new("--endpoint")
    {
        Description = "Any node of the cluster; default: the newest run in runs/ that is alive",
        HelpName = "HOST:PORT",
        Recursive = true,
    };

    private readonly Option<string?> _run = new("--run")
    {
        Description = "The cluster of this run directory",
        HelpName = "DIR",
        Recursive = true,
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "A node's configuration file, for the certificate and the token in it",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "With orders: the control token of the cluster; default: the user's own",
        HelpName = "FILE",
        Recursive = true,
    };

    private readonly Option<string?> _reason = new("--reason")
    {
        Description = "With orders: why; it becomes a line of the run's history",
        HelpName = "TEXT",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON document",
        Recursive = true,
    };

    private readonly Argument<string> _cell = new("CELL")
    {
        Description = "A cell as cluster shards names it, or a whole host: h3, h3/p7",
    };

    private readonly Argument<string> _node = new("NODE") { Description = "A node's name" };

    private readonly Session _session;

    private ClusterCommands(Session session) => _session = session;

    public static Command Create(Session session)
    {
        ClusterCommands own = new(session);
        return new Command("cluster", "Look at a cluster, and have it do things")
        {
            own._endpoint,
            own._run,
            own._config,
            own._tokenFile,
            own._reason,
            own._json,
            own.View(
                "status",
                "The run, the nodes, and what happened last",
                ClusterTables.DrawStatus,
                ClusterDocument.OfStatus
            ),
            own.View(
                "members",
                "The nodes and how they are",
                ClusterTables.DrawMembers,
                ClusterDocument.OfMembers
            ),
            own.View(
                "shards",
                "Which cells live where",
                ClusterTables.DrawShards,
                ClusterDocument.OfShards
            ),
            own.Advise(),
            own.Move(),
            own.AboutNode(ClusterVerb.Drain, "Have a node give its cells away and get no more"),
            own.AboutNode(ClusterVerb.Leave, "Drain a node and have it end"),
            own.AboutNode(ClusterVerb.Down, "Declare a node dead: others take its cells over"),
            own.Checkpoint(),
            own.Inject(),
            own.AboutRun(
                "hold",
                "Have virtual time stand still",
                ClusterVerb.Hold,
                new Argument<string>("AT")
                {
                    Description = "5ms; +5ms from where it is; 0ns: at once",
                }
            ),
            own.AboutRun(
                "step",
                "Go on from where it stands still, to behind the next event or for a span",
                ClusterVerb.Hold,
                new Argument<string>("SPAN")
                {
                    Description = "+10us; default: the next event",
                    DefaultValueFactory = _ => "next",
                }
            ),
            own.AboutRun("resume", "Have virtual time go on", ClusterVerb.Hold, to: null),
            own.AboutRun(
                "travel",
                "Go back to a checkpoint, and forward to an instant",
                ClusterVerb.Travel,
                new Argument<string>("AT") { Description = "5ms" }
            ),
            own.AboutRun(
                "pace",
                "Have no more virtual time pass in a second",
                ClusterVerb.Pace,
                new Argument<string>("SPAN") { Description = "10ms; off: as much as can" }
            ),
            own.AboutRun("stop", "Stop the run, with a checkpoint", ClusterVerb.Stop, to: null),
        };
    }

    private Command View(
        string name,
        string description,
        Action<IAnsiConsole, ClusterStatus> draw,
        Func<ClusterStatus, JsonObject> document
    )
    {
        Command command = new(name, description);
        command.SetAction(parsed =>
        {
            ClusterStatus status = Ask<ClusterStatus>(parsed, AskCluster.Instance);
            if (parsed.GetValue(_json))
            {
                _session.Output.Write(SummaryDocument.Write(document(status)));
            }
            else
            {
                Consoles.Print(_session, console => draw(console, status));
            }
            return ExitCode.Done;
        });
        return command;
    }

    private Command Advise()
    {
        Option<string> span = new("--for")
        {
            Description = "How long to watch, at least 1s",
            HelpName = "SPAN",
            DefaultValueFactory = _ => "3s",
        };
        Command command = new("advise", "Whether more nodes would pay, or fewer") { span };
        command.SetAction(parsed =>
        {
            TimeSpan watched = WatchedOf(parsed.GetValue(span)!);
            ClusterStatus before = Ask<ClusterStatus>(parsed, AskCluster.Instance);
            TimeSpan began = MonotonicTime.Now;
            Task.Delay(watched).GetAwaiter().GetResult();
            ClusterStatus after = Ask<ClusterStatus>(parsed, AskCluster.Instance);
            ScaleAdvice advice =
                ScaleAdvice.Of(before, after, MonotonicTime.Now - began)
                ?? throw new UsageException(ScaleAdvice.ObstacleOf(before, after)!);
            if (parsed.GetValue(_json))
            {
                _session.Output.Write(SummaryDocument.Write(ClusterDocument.Of(advice)));
            }
            else
            {
                Consoles.Print(_session, console => ClusterTables.DrawAdvice(console, advice));
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static TimeSpan WatchedOf(string text) =>
        Units.TryParseSpan(text, out VirtualDuration span)
        && span >= VirtualDuration.FromMilliseconds(1_000)
        && span <= VirtualDuration.FromMilliseconds(3_600_000)
            ? TimeSpan.FromTicks(span.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw new UsageException($"--for: '{text}'; accepted: 1s to 3600s");

    private Command Move()
    {
        Command command = new("move", "Have a cell, or all cells of a host, live on a node")
        {
            _cell,
            _node,
        };
        command.SetAction(parsed =>
            Order(
                parsed,
                new ClusterCommand(
                    ClusterVerb.Move,
                    parsed.GetValue(_cell)!,
                    parsed.GetValue(_node)
                )
            )
        );
        return command;
    }

    private Command AboutNode(ClusterVerb verb, string description)
    {
        Command command = new(verb.ToString().ToLowerInvariant(), description) { _node };
        command.SetAction(parsed =>
            Order(parsed, new ClusterCommand(verb, parsed.GetValue(_node)!))
        );
        return command;
    }

    private Command Inject()
    {
        Argument<string> happening = new("EVENT")
        {
            Description =
                "As in a scenario: '{ migrate = web-0, to = h2 }'; without 'at' it happens now",
        };
        Command command = new("inject", "Have an event happen in the run") { happening };
        command.SetAction(parsed =>
            Order(parsed, new ClusterCommand(ClusterVerb.Inject, parsed.GetValue(happening)!))
        );
        return command;
    }

    private Command Checkpoint()
    {
        Command command = new("checkpoint", "Have the run write a checkpoint");
        command.SetAction(parsed =>
            Order(parsed, new ClusterCommand(ClusterVerb.Checkpoint, Subject: ""))
        );
        return command;
    }

    /// <summary>What is done to the run that the cluster has.</summary>
    private Command AboutRun(
        string name,
        string description,
        ClusterVerb verb,
        Argument<string>? to
    )
    {
        Command command = new(name, description);
        if (to is not null)
        {
            command.Add(to);
        }
        command.SetAction(parsed =>
        {
            ClusterStatus status = Ask<ClusterStatus>(parsed, AskCluster.Instance);
            string run = status.Run is { IsOver: false } running
                ? running.Id
                : throw new UsageException("there is no run; accepted: a cluster that runs one");
            string? target = to is null ? null : parsed.GetValue(to);
            return Order(parsed, new ClusterCommand(verb, run, target == "off" ? null : target));
        });
        return command;
    }

    private int Order(ParseResult parsed, ClusterCommand order)
    {
        CommandAnswer answer = Ask<CommandAnswer>(
            parsed,
            parsed.GetValue(_reason) is { } reason
                ? order with
                {
                    By = Environment.UserName,
                    Reason = reason,
                }
                : order
        );
        if (parsed.GetValue(_json))
        {
            _session.Output.Write(SummaryDocument.Write(ClusterDocument.Of(answer)));
        }
        else if (answer.Accepted)
        {
            _session.Output.WriteLine(answer.What);
        }
        return answer.Accepted ? ExitCode.Done : throw new UsageException(answer.What);
    }

    private T Ask<T>(ParseResult parsed, object request)
    {
        string[] endpoints = ClusterEndpoints.Of(
            parsed.GetValue(_endpoint) ?? [],
            parsed.GetValue(_run),
            _endpoint.Name
        );
        ClientKeys keys = ClientKeys.Of(parsed.GetValue(_config), parsed.GetValue(_tokenFile));
        return AskOne<T>(endpoints, keys, request).GetAwaiter().GetResult();
    }

    private static async Task<T> AskOne<T>(string[] endpoints, ClientKeys keys, object request)
    {
        await using ClusterDoor door = new(endpoints, keys.Tls, keys.Token);
        return await door.Ask<T>(request).ConfigureAwait(false);
    }
}
