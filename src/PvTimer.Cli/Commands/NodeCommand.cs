using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments.Sweeps;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Cli.Commands;

/// <summary>pvtimer node: one node of a cluster, from here to its end.</summary>
/// <remarks>
/// Standard output is for programs: a JSON object per line. The first Ctrl-C or SIGTERM has the node leave in
/// order, the second ends the process.
/// </remarks>
internal sealed class NodeCommand
{
    /// <summary>The value of --join that has addresses come on standard input.</summary>
    private const string StandardInput = "-";

    private readonly Option<bool> _force = new("--force")
    {
        Description = "Begin even with more regions than this machine seems to have cores for",
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "HOCON file with a section pvtimer.node; the command line wins over it",
        HelpName = "FILE",
    };

    private readonly Option<string?> _name = new("--name")
    {
        Description = "What users call it; default: node-PORT",
        HelpName = "NAME",
    };

    private readonly Option<string?> _roles = new("--roles")
    {
        Description = "What it takes: pCPUs (cpu), dedicated ones (timer); default: cpu",
        HelpName = "cpu,timer",
    };

    private readonly Option<int?> _regions = new("--regions")
    {
        Description = "Kernels side by side, a thread each; default: 1",
        HelpName = "N",
    };

    private readonly Option<string?> _host = new("--host")
    {
        Description = "The address to listen on; default: 127.0.0.1",
        HelpName = "H",
    };

    private readonly Option<int?> _port = new("--port")
    {
        Description = "The port to listen on; 0, the default: any free one",
        HelpName = "P",
    };

    private readonly Option<string[]> _join = new("--join")
    {
        Description =
            "A node of the cluster to join; without any it begins one; -: a line of them on standard input, whose end has the node leave",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _discover = new("--discover")
    {
        Description =
            "Find the others, and begin the cluster with them: ask Kubernetes for the pods, or look at each of these",
        HelpName = "kubernetes|HOST:PORT,..",
    };

    private readonly Option<bool> _allowPlainNetwork = new("--allow-plain-network")
    {
        Description =
            "Listen beyond loopback without TLS: others on that network may look and listen in",
    };

    private readonly Option<bool> _drills = new("--drills")
    {
        Description = "Take part in drills: clients may cut it off from other nodes for a while",
    };

    private readonly Option<bool> _noSharedMemory = new("--no-shared-memory")
    {
        Description =
            "Send all windows over the network, also to nodes of the same user on the same machine",
    };

    private readonly Option<string?> _directory = new("--directory")
    {
        Description =
            "Where it keeps its part of checkpoints; default: in the run directory, which all nodes share then",
        HelpName = "DIR",
    };

    private readonly Option<string?> _log = new("--log")
    {
        Description = "Where the log goes, a JSON object per line; default: standard error",
        HelpName = "FILE",
    };

    private readonly Session _session;

    private NodeCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        NodeCommand node = new(session);
        Command command = new("node", "Be a node of a cluster")
        {
            node._config,
            node._name,
            node._roles,
            node._regions,
            node._host,
            node._port,
            node._join,
            node._discover,
            node._allowPlainNetwork,
            node._drills,
            node._noSharedMemory,
            node._directory,
            node._log,
            node._force,
        };
        command.SetAction(node.Invoke);
        return command;
    }

    private int Invoke(ParseResult parsed)
    {
        NodeFile file = parsed.GetValue(_config) is { } path
            ? NodeFile.Read(path)
            : new NodeFile(new NodeOptions(), []);
        PeerDiscovery? discovery = Discovery(parsed, file);
        string[] join =
            parsed.GetValue(_join) is { Length: > 0 } given ? given
            : discovery is null ? [.. file.Join]
            : [];
        bool isLaunched = join.Contains(StandardInput, StringComparer.Ordinal);
        CheckEndpoints(join);
        NodeOptions options = Merge(parsed, file.Options) with
        {
            Discovery = discovery,
            Points = PointExecution.Run,
        };
        MachineCapacity.Check(
            MachineCapacity.OfThisMachine().ObstacleOf(options.Regions),
            parsed.GetValue(_force)
        );
        // What a library prints must not come between the lines for programs.
        Console.SetOut(Console.Error);
        using LauncherWatch? launcher = isLaunched ? new LauncherWatch(Console.In) : null;
        ClusterNode node = ClusterNode.Start(options);
        using EndWatch end = new(node.Ending, node.Seat.Name, _session.Error);
        Say("listening", node);
        using var leave = _session.Stop.Register(() => _ = node.Leave());
        if (launcher is not null)
        {
            launcher.Follow(node);
        }
        else if (discovery is not null)
        {
            node.FindPeers();
        }
        else
        {
            node.Join(join);
        }
        // On this thread: out of file descriptors there may be no other one to go on.
        node.Stopped.GetAwaiter().GetResult();
        Say("stopped", node);
        if (node.Refusal is { } refusal)
        {
            _session.Error.WriteLine($"pvtimer node: {refusal}");
            return ExitCode.Usage;
        }
        if (node.WasDowned)
        {
            _session.Error.WriteLine(
                $"pvtimer: {node.Seat.Name} has ended itself: the others declared it dead, or it was on the smaller side of a partition"
            );
            return ExitCode.RunBroke;
        }
        return ExitCode.Done;
    }

    /// <summary>The command line wins over the file, also with the one where the file has the other.</summary>
    private PeerDiscovery? Discovery(ParseResult parsed, NodeFile file)
    {
        bool joins = parsed.GetValue(_join) is { Length: > 0 };
        if (parsed.GetValue(_discover) is not { } text)
        {
            return joins ? null : file.Options.Discovery;
        }
        if (joins)
        {
            throw new UsageException("--join and --discover; accepted: one of them");
        }
        try
        {
            return PeerDiscovery.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--discover: {e.Message}");
        }
    }

    private NodeOptions Merge(ParseResult parsed, NodeOptions file) =>
        file with
        {
            Name = parsed.GetValue(_name) ?? file.Name,
            Roles = parsed.GetValue(_roles) is { } roles
                ? [.. roles.Split(',', StringSplitOptions.TrimEntries)]
                : file.Roles,
            Regions = parsed.GetValue(_regions) ?? file.Regions,
            Host = parsed.GetValue(_host) ?? file.Host,
            Port = parsed.GetValue(_port) ?? file.Port,
            AllowPlainNetwork = parsed.GetValue(_allowPlainNetwork) || file.AllowPlainNetwork,
            Drills = parsed.GetValue(_drills) || file.Drills,
            SharedMemory = !parsed.GetValue(_noSharedMemory) && file.SharedMemory,
            Directory = parsed.GetValue(_directory) ?? file.Directory,
            LogFile = parsed.GetValue(_log) ?? file.LogFile,
        };

    private static void CheckEndpoints(string[] join)
    {
        bool isAlone = join.Length == 1 && join.Contains(StandardInput, StringComparer.Ordinal);
        string? wrong = isAlone ? null : join.FirstOrDefault(each => !ClusterDoor.IsEndpoint(each));
        if (wrong is not null)
        {
            throw new UsageException(
                $"--join: '{wrong}'; accepted: HOST:PORT, or - alone for a line on standard input"
            );
        }
    }

    private void Say(string what, ClusterNode node)
    {
        JsonObject line = new()
        {
            ["event"] = what,
            ["name"] = node.Seat.Name,
            ["address"] = ClusterDoor.EndpointOf(node.Seat.Address),
            ["pid"] = Environment.ProcessId,
        };
        try
        {
            _session.Output.WriteLine(line.ToJsonString());
            _session.Output.Flush();
        }
        catch (IOException)
        {
            // The launcher has died; its standard input ends as well, and that ends the node.
        }
    }
}
