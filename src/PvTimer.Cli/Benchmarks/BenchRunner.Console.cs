using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Timers;
using PvTimer.OpsConsole;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Benchmarks;

/// <summary>The rows that somebody looks at.</summary>
public static partial class BenchRunner
{
    /// <summary>One process runs it: without a console, with one that nobody looks at, and with viewers.</summary>
    /// <param name="scenario">What is run, on its last back-end.</param>
    /// <param name="viewers">How many look at the machine at once, at least 1.</param>
    /// <param name="runs">Of each row, at least 1.</param>
    /// <exception cref="InvalidOperationException">Two rows did not compute the same.</exception>
    public static BenchReport Console(Scenario scenario, int viewers, int runs)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentOutOfRangeException.ThrowIfLessThan(viewers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        TimerBackend backend = scenario.Backends[^1];
        using BenchCluster cluster = new(scenario, backend, new Processes(1));
        var parameters = new
        {
            Scenario = scenario.Name,
            scenario.Hosts,
            Vcpus = scenario.Vms.Sum(vm => vm.Count * vm.Vcpus),
            DurationNanoseconds = scenario.Duration.Nanoseconds,
            Viewers = viewers,
        };
        return Measure(
            parameters,
            [
                cluster.Row("no-console"),
                cluster.Row("no-viewer", () => new BenchConsole(cluster.Door, viewers: 0)),
                cluster.Row(
                    string.Create(CultureInfo.InvariantCulture, $"{viewers}-viewers"),
                    () => new BenchConsole(cluster.Door, viewers)
                ),
            ],
            runs
        );
    }

    /// <summary>A console with viewers that read all they get.</summary>
    private sealed class BenchConsole : IDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
        private readonly ConsoleServer _server;
        private readonly Task[] _viewers;

        public BenchConsole(ClusterDoor door, int viewers)
        {
            _server = ConsoleServer
                .Start(
                    new ConsoleOptions
                    {
                        Token = ControlToken.New(),
                        AuditFile = Path.Combine(Path.GetTempPath(), "pvtimer-bench-audit"),
                    },
                    new DoorToCluster(door),
                    new NoRuns()
                )
                .GetAwaiter()
                .GetResult();
            Uri stream = new($"{_server.Address}/api/stream?view=machine");
            _viewers = [.. Enumerable.Range(0, viewers).Select(_ => Look(stream))];
        }

        public void Dispose()
        {
            _over.Cancel();
            Task.WhenAll(_viewers).GetAwaiter().GetResult();
            _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _http.Dispose();
            _over.Dispose();
        }

        private async Task Look(Uri stream)
        {
            byte[] buffer = new byte[64 * 1024];
            try
            {
                await using Stream samples = await _http
                    .GetStreamAsync(stream, _over.Token)
                    .ConfigureAwait(false);
                while (await samples.ReadAsync(buffer, _over.Token).ConfigureAwait(false) > 0) { }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The run is over, and nobody looks any more.
            }
        }
    }

    private sealed class NoRuns : IRunStarter
    {
        public string? Directory => null;

        public string Start(string scenarioFile, string[] sets) =>
            throw new IOException("a bench begins its runs itself");

        public string ResumeFrom(string place) => Start(place, []);
    }
}
