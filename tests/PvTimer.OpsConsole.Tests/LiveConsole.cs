using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole.Tests;

/// <summary>
/// A run of eight hosts on three processes, and the console of that cluster: both commands as users give them,
/// in this process, and in a folder of their own.
/// </summary>
public sealed class LiveConsole : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopRun = new();
    private readonly CancellationTokenSource _stopConsole = new();
    private readonly StringWriter _runOutput = new();
    private readonly LineWriter _consoleOutput = new();
    private readonly StringWriter _complaints = new();
    private readonly TextWriter _bothComplain;
    private Task<int> _run = Task.FromResult(0);
    private Task<int> _console = Task.FromResult(0);

    private LiveConsole()
    {
        Folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        _bothComplain = TextWriter.Synchronized(_complaints);
    }

    /// <summary>Where the run directory and the audit log are.</summary>
    public string Folder { get; }

    public string RunDirectory => Path.Combine(Folder, "run");

    public string AuditFile => Path.Combine(Folder, "audit.ndjson");

    /// <summary>"http://127.0.0.1:40123".</summary>
    public string Address { get; private set; } = "";

    /// <summary>The token that lets orders pass.</summary>
    public string Token { get; } = ControlToken.OfUser().Text;

    public HttpClient Http { get; } = new();

    /// <summary>The run's exit code, when it has ended.</summary>
    public Task<int> Run => _run;

    /// <summary>What the run has printed: its summary, when it has ended.</summary>
    public string RunOutput => _runOutput.ToString();

    /// <param name="allowControl">The console may change things.</param>
    /// <param name="duration">Of virtual time.</param>
    /// <param name="settings">More of the scenario's.</param>
    public static async Task<LiveConsole> Start(
        bool allowControl = true,
        string duration = "800ms",
        params string[] settings
    )
    {
        LiveConsole live = new();
        try
        {
            await live.Begin(allowControl, [.. settings, $"duration={duration}"]);
            return live;
        }
        catch
        {
            // Three processes would go on, beside the tests that follow.
            await live.DisposeAsync();
            throw;
        }
    }

    private async Task Begin(bool allowControl, string[] settings)
    {
        _run = InBackground(
            _runOutput,
            [
                "run",
                Repository("config/scenarios/eight-hosts.conf"),
                "--backend",
                "pvtimer",
                "--nodes",
                "3",
                "--json",
                "--out",
                RunDirectory,
                .. settings.SelectMany(set => new[] { "--set", set }),
            ],
            _stopRun.Token
        );
        await Until(() => File.Exists(Path.Combine(RunDirectory, "nodes.json")), "nodes.json");
        _console = InBackground(
            _consoleOutput,
            [
                "console",
                "--run",
                RunDirectory,
                "--audit",
                AuditFile,
                .. allowControl ? ["--allow-control"] : (string[])[],
            ],
            _stopConsole.Token
        );
        Address = await FirstLine();
        Http.BaseAddress = new Uri(Address);
    }

    /// <summary>The console's address; what both commands have complained of, if it never tells one.</summary>
    private async Task<string> FirstLine()
    {
        Task<string> first = _consoleOutput.FirstLine;
        await Task.WhenAny(first, _console, Task.Delay(Patience));
        return first.IsCompletedSuccessfully
            ? await first
            : throw new TimeoutException(
                $"no console (ended: {_console.IsCompleted}; run ended: {_run.IsCompleted}): {_complaints}"
            );
    }

    /// <summary>From here on 1 ms of virtual time passes in a second: the cores are left to the browser.</summary>
    public Task SlowDown() => Pace("1ms");

    /// <summary>As fast as it can, again.</summary>
    public Task SpeedUp() => Pace("off");

    private Task Pace(string pace) =>
        Until(
            () =>
                Program.Run(
                    ["cluster", "pace", pace, "--run", RunDirectory],
                    new Session(TextWriter.Null, TextWriter.Null, false, false, default)
                ) == 0,
            "run that can be paced"
        );

    /// <summary>A document, as anybody gets it.</summary>
    public async Task<JsonNode> Get(string path) =>
        JsonNode.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

    /// <summary>Plans an order, and gives it as somebody who has the token; the answer's outcome.</summary>
    public async Task<string> Order(string verb, string? subject = null, string? to = null)
    {
        JsonObject order = new()
        {
            ["verb"] = verb,
            ["subject"] = subject,
            ["to"] = to,
        };
        JsonNode plan = await Post("/api/plans", order);
        order["by"] = "a test";
        order["reason"] = "to see what happens";
        order["confirm"] = (string?)plan["confirm"];
        JsonNode answer = await Post("/api/orders", order);
        return $"{answer["outcome"] ?? answer["error"]}: {answer["what"]}";
    }

    /// <summary>The view of the cluster, as soon as it says what is waited for.</summary>
    public async Task<JsonNode> Until(
        Func<JsonNode, bool> said,
        string what,
        string path = "/api/cluster"
    )
    {
        JsonNode last = new JsonObject();
        for (DateTime end = DateTime.UtcNow + Patience; DateTime.UtcNow < end; )
        {
            last = await Get(path);
            if (said(last))
            {
                return last;
            }
            await Task.Delay(50);
        }
        throw new TimeoutException($"no {what}: {last}");
    }

    /// <summary>The trace hash in the run's summary, once it has ended.</summary>
    public async Task<string> Hash()
    {
        Assert.Equal(0, await _run.WaitAsync(5 * Patience));
        return (string)JsonNode.Parse(RunOutput)!["backends"]!["pvtimer"]!["trace_hash"]!;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopConsole.CancelAsync();
        await _stopRun.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_run, _console), Task.Delay(Patience));
        Http.Dispose();
        _stopRun.Dispose();
        _stopConsole.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A file of this repository, found upwards from the test's assembly.</summary>
    public static string Repository(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "PvTimer.Actors.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return Path.Combine(folder ?? throw new InvalidOperationException("no repository"), path);
    }

    private async Task<JsonNode> Post(string path, JsonObject body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path);
        request.Headers.Authorization = new("Bearer", Token);
        request.Content = JsonContent.Create(body);
        using HttpResponseMessage answer = await Http.SendAsync(request);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private Task<int> InBackground(TextWriter output, string[] args, CancellationToken stop) =>
        Task.Run(() => Program.Run(args, new Session(output, _bothComplain, false, false, stop)));

    private async Task Until(Func<bool> isThere, string what)
    {
        for (DateTime end = DateTime.UtcNow + Patience; DateTime.UtcNow < end; )
        {
            if (isThere())
            {
                return;
            }
            if (_run.IsCompleted)
            {
                break;
            }
            await Task.Delay(20);
        }
        throw new TimeoutException($"no {what}: {RunOutput}{_complaints}");
    }

    /// <summary>Tells of its first line as soon as it is whole.</summary>
    private sealed class LineWriter() : StringWriter(CultureInfo.InvariantCulture)
    {
        private readonly TaskCompletionSource<string> _first = new();

        public Task<string> FirstLine => _first.Task;

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            _first.TrySetResult(value ?? "");
        }
    }
}
