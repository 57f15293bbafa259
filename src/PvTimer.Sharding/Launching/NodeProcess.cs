using System;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Launching;

/// <summary>A node that this process launched and that does not outlive it: "pvtimer node --join -".</summary>
/// <remarks>
/// <code>
///   launcher                                node
///      | exec                                |
///      |------------------------------------>|
///      |&lt;-- {"event":"listening", ...} ------|  its port is known
///      |--- addresses of seeds, a line ----->|  it joins them; an empty line: it begins a cluster
///      |--- end of its standard input ------>|  it leaves: asked to, or the launcher has died
/// </code>
/// </remarks>
public sealed class NodeProcess : IDisposable
{
    /// <summary>
    /// Settings of the runtime for a process that begins when a run does: what is not compiled ahead of time is compiled
    /// quickly, and well only when nothing new has been called for a second (in ms, hexadecimal).
    /// </summary>
    private static readonly (string Setting, string Value)[] StartsQuickly =
    [
        ("DOTNET_TC_QuickJit", "1"),
        ("DOTNET_TC_CallCountingDelayMs", "3E8"),
    ];

    private readonly Process _process;
    private readonly string _logFile;
    private readonly TaskCompletionSource<string> _listening = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private volatile string? _lastError;
    private volatile bool _isAskedToEnd;

    private NodeProcess(Process process, string name, ImmutableArray<string> roles, string logFile)
    {
        _process = process;
        _logFile = logFile;
        Name = name;
        Roles = roles;
    }

    public string Name { get; }

    public ImmutableArray<string> Roles { get; }

    /// <summary>Its process.</summary>
    public ProcessMark Mark { get; private set; } = new(0, 0, "");

    /// <summary>"host:port", as soon as it listens.</summary>
    /// <exception cref="NodeEndedException">It ended before.</exception>
    public Task<string> Listening => _listening.Task;

    public bool HasEnded => _process.HasExited;

    /// <summary>It has ended though nobody here asked it to: the line that says so; null if not.</summary>
    public string? Misfortune =>
        HasEnded && !_isAskedToEnd
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Name} ended with code {_process.ExitCode}: {_lastError ?? $"it said nothing; see {_logFile}"}"
            )
            : null;

    /// <param name="program">What to execute.</param>
    /// <param name="name">The node's.</param>
    /// <param name="roles">At least one.</param>
    /// <param name="logFile">Where its log goes.</param>
    /// <param name="directory">Its own; null: it has none.</param>
    /// <param name="settings">What it has in common with others.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be executed.</exception>
    public static NodeProcess Start(
        NodeProgram program,
        string name,
        ImmutableArray<string> roles,
        string logFile,
        string? directory,
        LocalNodeSettings settings
    )
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(settings);
        string number = settings.Regions.ToString(CultureInfo.InvariantCulture);
        ProcessStartInfo start = new(
            program.File,
            [
                .. program.Arguments,
                "node",
                .. new[] { "--name", name, "--roles", string.Join(',', roles) },
                .. new[] { "--regions", number, "--join", "-", "--log", logFile },
                .. directory is null ? [] : new[] { "--directory", directory },
                .. Enumerable.Repeat("--drills", settings.Drills ? 1 : 0),
                .. Enumerable.Repeat("--no-shared-memory", settings.SharedMemory ? 0 : 1),
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string setting, string value) in StartsQuickly)
        {
            if (!start.Environment.ContainsKey(setting))
            {
                start.Environment[setting] = value;
            }
        }
        NodeProcess node = new(new Process { StartInfo = start }, name, roles, logFile);
        node.Begin();
        return node;
    }

    /// <summary>Tells it whom to join; nobody: it begins a cluster of its own.</summary>
    public void TellSeeds(params string[] seeds) => TryWrite(string.Join(' ', seeds));

    /// <summary>Has it leave its cluster and end.</summary>
    public void Leave()
    {
        _isAskedToEnd = true;
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already.
        }
    }

    /// <summary>Ends it at once: SIGKILL.</summary>
    public void Kill()
    {
        _isAskedToEnd = true;
        _process.Kill();
    }

    /// <summary>SIGSTOP: it does nothing any more, and nobody is told.</summary>
    public void Suspend() => ProcessSignals.Send(Mark.Id, ProcessSignals.Stop);

    /// <summary>SIGCONT: it goes on.</summary>
    public void Continue() => ProcessSignals.Send(Mark.Id, ProcessSignals.Continue);

    /// <summary>SIGTERM: somebody else, as it seems to it, has it leave and end.</summary>
    public void Terminate() => ProcessSignals.Send(Mark.Id, ProcessSignals.Terminate);

    public Task WaitForEnd() => _process.WaitForExitAsync();

    public void Dispose() => _process.Dispose();

    private void Begin()
    {
        _process.OutputDataReceived += (_, line) => OnOutput(line.Data);
        _process.ErrorDataReceived += (_, line) => OnError(line.Data);
        LaunchingThread.Execute(() => _process.Start());
        Mark = ProcessMark.Of(_process.Id);
        _process.StandardInput.AutoFlush = true;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _ = OnExit();
    }

    private void OnOutput(string? line)
    {
        if (line is null || !line.Contains("\"listening\"", StringComparison.Ordinal))
        {
            return;
        }
        try
        {
            _listening.TrySetResult((string)JsonNode.Parse(line)!["address"]!);
        }
        catch (JsonException)
        {
            // Something else than the node talks there; without an address it counts as not listening.
        }
    }

    /// <summary>What it says there is not for programs; the last line that is no stack trace is kept.</summary>
    private void OnError(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }
        if (!char.IsWhiteSpace(line[0]))
        {
            _lastError = line;
        }
        JsonObject entry = new()
        {
            ["time"] = DateTime.UtcNow.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                CultureInfo.InvariantCulture
            ),
            ["level"] = "error",
            ["node"] = Name,
            ["source"] = "standard error",
            ["message"] = line,
        };
        try
        {
            File.AppendAllText(_logFile, entry.ToJsonString() + "\n");
        }
        catch (IOException)
        {
            // A log that cannot be written must not end the run.
        }
    }

    /// <summary>
    /// Its last words are still on their way when it has ended; they are waited for only if reading has begun, and
    /// it may end before that.
    /// </summary>
    private async Task OnExit()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        if (!_listening.Task.IsCompleted)
        {
            _listening.TrySetException(
                new NodeEndedException(Misfortune ?? $"{Name} was ended before it listened")
            );
            _ = _listening.Task.Exception;
        }
    }

    private void TryWrite(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
        }
        catch (IOException)
        {
            // It has ended; Misfortune says how.
        }
    }
}

/// <summary>A launched node ended too soon; the message is a line that says which and why.</summary>
public sealed class NodeEndedException(string message) : Exception(message);
