using System.IO;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.OpsConsole;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Ops;

/// <summary>The console of pvtimer run --console: of one run, from its beginning until somebody ends it.</summary>
/// <param name="Port">0: any free one.</param>
/// <param name="AllowControl">It may change things.</param>
internal sealed record RunConsole(int Port, bool AllowControl)
{
    /// <summary>Starts it, and says where it is.</summary>
    /// <param name="session">Where it is said.</param>
    /// <param name="door">The way into the cluster that runs it.</param>
    /// <param name="directory">The run directory; orders are noted in it.</param>
    /// <param name="token">Shown with orders; null: the user's own.</param>
    public async Task<ConsoleServer> Start(
        Session session,
        ClusterDoor door,
        string directory,
        ControlToken? token
    )
    {
        ConsoleServer server = await ConsoleServer
            .Start(
                new ConsoleOptions
                {
                    Port = Port,
                    AllowControl = AllowControl,
                    Token = token ?? ControlToken.OfUser(),
                    AuditFile = Path.Combine(directory, "audit.ndjson"),
                },
                new DoorToCluster(door),
                new OneRun(directory)
            )
            .ConfigureAwait(false);
        session.Error.WriteLine($"console: {server.Address}");
        return server;
    }

    /// <summary>The run is over; whoever looks at it may go on looking.</summary>
    public static async Task Linger(Session session, ConsoleServer server)
    {
        session.Error.WriteLine($"console: {server.Address} shows it until Ctrl-C");
        await Task.Delay(Timeout.Infinite, session.Stop)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Begins no other runs.</summary>
    private sealed class OneRun(string directory) : IRunStarter
    {
        public string? Directory => directory;

        public string Start(string scenarioFile, string[] sets) => throw Refused();

        public string ResumeFrom(string place) => throw Refused();

        private static IOException Refused() =>
            new(
                "this console belongs to one run; accepted: pvtimer console, which has others begin"
            );
    }
}
