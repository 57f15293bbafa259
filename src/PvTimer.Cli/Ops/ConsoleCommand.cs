using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli.Commands;
using PvTimer.OpsConsole;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Ops;

/// <summary>pvtimer console: the web console of a cluster, until somebody ends it.</summary>
internal sealed class ConsoleCommand
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
        Description = "A node's configuration file, for the certificate in it",
        HelpName = "FILE",
    };

    private readonly Option<string> _host = new("--host")
    {
        Description = "The address to listen on; beyond loopback only with a certificate",
        HelpName = "H",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<int> _port = new("--port")
    {
        Description = "The port to listen on; 0, the default: any free one",
        HelpName = "P",
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

    private readonly Option<string?> _certificate = new("--certificate")
    {
        Description = "PEM file for HTTPS",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "The certificate's private key, PEM",
        HelpName = "FILE",
    };

    private readonly Session _session;

    private ConsoleCommand(Session session) => _session = session;

    public static Command Create(Session session)
    {
        ConsoleCommand own = new(session);
        Command command = new(
            "console",
            "Watch a cluster in a browser, over HTTP, and give it orders"
        )
        {
            own._join,
            own._run,
            own._config,
            own._host,
            own._port,
            own._allowControl,
            own._tokenFile,
            own._audit,
            own._certificate,
            own._key,
        };
        command.SetAction(parsed => own.Invoke(parsed).GetAwaiter().GetResult());
        return command;
    }

    private async Task<int> Invoke(ParseResult parsed)
    {
        ImmutableArray<string> endpoints =
        [
            .. ClusterEndpoints.Of(parsed.GetValue(_join) ?? [], parsed.GetValue(_run), _join.Name),
        ];
        MutualTls? tls = parsed.GetValue(_config) is { } file
            ? NodeFile.Read(file).Options.Tls
            : null;
        ControlToken token = parsed.GetValue(_tokenFile) is { } tokenFile
            ? ControlToken.Read(tokenFile)
            : ControlToken.OfUser();
        await using ClusterDoor door = new(endpoints, tls, token);
        // A console of nobody is of no use: whoever mistyped the address learns it now.
        await door.Ask<ClusterStatus>(AskCluster.Instance).ConfigureAwait(false);
        await using ConsoleServer server = await ConsoleServer
            .Start(
                Options(parsed, token),
                new DoorToCluster(door),
                new ConsoleRuns(_session, endpoints, tls, token)
            )
            .ConfigureAwait(false);
        _session.Output.WriteLine(server.Address);
        _session.Output.Flush();
        await Task.Delay(Timeout.Infinite, _session.Stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Done;
    }

    private ConsoleOptions Options(ParseResult parsed, ControlToken token) =>
        new()
        {
            Host = IPAddress.TryParse(parsed.GetValue(_host), out IPAddress? host)
                ? host
                : throw new UsageException(
                    $"--host: '{parsed.GetValue(_host)}'; accepted: an IP address"
                ),
            Port = parsed.GetValue(_port) is >= 0 and <= 65_535 and int port
                ? port
                : throw new UsageException(
                    $"--port: {parsed.GetValue(_port)}; accepted: 0 to 65535"
                ),
            AllowControl = parsed.GetValue(_allowControl),
            Token = token,
            AuditFile = parsed.GetValue(_audit)!,
            Certificate = Certificate(parsed),
        };

    private X509Certificate2? Certificate(ParseResult parsed)
    {
        string? certificate = parsed.GetValue(_certificate);
        string? key = parsed.GetValue(_key);
        if (certificate is null && key is null)
        {
            return null;
        }
        if (certificate is null || key is null)
        {
            throw new UsageException("--certificate and --key; accepted: both or neither");
        }
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException e)
        {
            throw new UsageException(
                $"--certificate: {certificate}: {e.Message}; accepted: PEM files"
            );
        }
    }
}
