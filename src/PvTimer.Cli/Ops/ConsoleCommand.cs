using System;
using System.CommandLine;
using System.IO;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.OpsConsole;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.Cli.Ops;

/// <summary>pvtimer console: the web console of a cluster, until somebody ends it.</summary>
internal sealed class ConsoleCommand
{
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

    private readonly ClusterEntry _entry = new();
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
            own._host,
            own._port,
            own._certificate,
            own._key,
        };
        own._entry.AddTo(command);
        command.SetAction(parsed => own.Invoke(parsed).GetAwaiter().GetResult());
        return command;
    }

    private async Task<int> Invoke(ParseResult parsed)
    {
        ClusterEntry.Entered entered = _entry.Enter(parsed);
        ConsoleOptions options = Options(parsed, entered);
        await using ClusterDoor door = entered.Open();
        // A console of nobody is of no use: whoever mistyped the address learns it now.
        await door.Ask<ClusterStatus>(AskCluster.Instance).ConfigureAwait(false);
        await using ConsoleServer server = await ConsoleServer
            .Start(options, new DoorToCluster(door), entered.Runs(_session))
            .ConfigureAwait(false);
        _session.Output.WriteLine(server.Address);
        _session.Output.Flush();
        await Task.Delay(Timeout.Infinite, _session.Stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ExitCode.Done;
    }

    private ConsoleOptions Options(ParseResult parsed, ClusterEntry.Entered entered) =>
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
            AllowControl = entered.AllowControl,
            Token = entered.Token,
            AuditFile = entered.AuditFile,
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
        catch (Exception e)
            when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                $"--certificate {certificate}, --key {key}: {e.Message.TrimEnd('.')}; accepted: PEM files"
            );
        }
    }
}
