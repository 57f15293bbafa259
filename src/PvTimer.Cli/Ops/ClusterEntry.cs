using System.Collections.Immutable;
using System.CommandLine;
using PvTimer.Cli.Commands;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Ops;

/// <summary>Which cluster a console is of, and who may change things through it: the options of all consoles.</summary>
internal sealed class ClusterEntry
{
    private readonly Option<string[]> _join = new("--join")
    {
        Description = "Any node of the cluster; default: the newest run in runs/ that is alive",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string?> _run = new("--run")
    {
        Description = "The cluster of this run directory",
        HelpName = "DIR",
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "A node's configuration file, for the certificate and the token in it",
        HelpName = "FILE",
    };

    private readonly Option<bool> _allowControl = new("--allow-control")
    {
        Description =
            "Let whoever has the control token change things; without it the console only shows",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "The control token of the cluster; default: the user's own",
        HelpName = "FILE",
    };

    private readonly Option<string> _audit = new("--audit")
    {
        Description = "Where orders are noted, a JSON object per line",
        HelpName = "FILE",
        DefaultValueFactory = _ => "runs/audit.ndjson",
    };

    public void AddTo(Command command)
    {
        command.Add(_join);
        command.Add(_run);
        command.Add(_config);
        command.Add(_allowControl);
        command.Add(_tokenFile);
        command.Add(_audit);
    }

    /// <summary>What was said on the command line.</summary>
    public Entered Enter(ParseResult parsed)
    {
        ClientKeys keys = ClientKeys.Of(parsed.GetValue(_config), parsed.GetValue(_tokenFile));
        string[] join = parsed.GetValue(_join) ?? [];
        string? run = parsed.GetValue(_run);
        return new Entered(
            [.. ClusterEndpoints.Of(join, run, _join.Name)],
            ClusterEndpoints.DirectoryOf(join, run),
            keys.Tls,
            keys.Token ?? ControlToken.OfUser(),
            parsed.GetValue(_allowControl),
            parsed.GetValue(_audit)!
        );
    }

    /// <param name="Endpoints">"host:port" of nodes, at least one.</param>
    /// <param name="Directory">The run directory of its run; null: not known.</param>
    /// <param name="Tls">The certificate to show; null: none.</param>
    /// <param name="Token">The cluster's.</param>
    /// <param name="AllowControl">Things may be changed.</param>
    /// <param name="AuditFile">Where orders are noted.</param>
    public sealed record Entered(
        ImmutableArray<string> Endpoints,
        string? Directory,
        MutualTls? Tls,
        ControlToken Token,
        bool AllowControl,
        string AuditFile
    )
    {
        /// <summary>The way in.</summary>
        public ClusterDoor Open() => new(Endpoints, Tls, Token);

        /// <summary>Who begins runs.</summary>
        public IRunStarter Runs(Session session) =>
            new ConsoleRuns(session, Endpoints, Tls, Token, Directory);

        /// <summary>Where orders arrive.</summary>
        public OrderDesk Desk(ICluster cluster, IRunStarter runs) =>
            new(cluster, new OrderGuard(AllowControl, Token), new AuditLog(AuditFile), runs);
    }
}
