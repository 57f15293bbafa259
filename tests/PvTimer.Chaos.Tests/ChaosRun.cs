using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Cli;
using PvTimer.Sharding.Launching;

namespace PvTimer.Chaos.Tests;

/// <summary>How a run under faults came out.</summary>
internal enum ChaosEnd
{
    /// <summary>It went on to its end, with the sequential engine's hash.</summary>
    Same,

    /// <summary>It could not go on, said so, and was resumed to the same hash.</summary>
    Resumed,

    Failed,
}

/// <param name="End">How it came out.</param>
/// <param name="What">Failed: what is wrong; Resumed: why it could not go on; Same: empty.</param>
/// <param name="Notes">What the run printed meanwhile.</param>
/// <param name="Wall">How long it took, its resumption included.</param>
internal sealed record ChaosOutcome(ChaosEnd End, string What, string Notes, TimeSpan Wall);

/// <summary>One run of <see cref="EightHosts"/> on several processes, with faults.</summary>
/// <param name="Nodes">Processes, at least 1.</param>
/// <param name="Policy">As scenarios write it.</param>
/// <param name="CheckpointEvery">As the command line writes it.</param>
/// <param name="Faults">As the command line writes them.</param>
/// <param name="OwnDirectories">No process sees what another one has written.</param>
internal sealed record ChaosRun(
    int Nodes,
    string Policy,
    string CheckpointEvery,
    ImmutableArray<string> Faults,
    bool OwnDirectories = false
)
{
    private const int Done = 0;
    private const int RunBroke = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    /// <summary>What to type to have it again, from the repository's root.</summary>
    public string CommandLine(string folder)
    {
        string root = EightHosts.Repository();
        string scenario = Path.GetRelativePath(root, EightHosts.Write(folder, Policy, Nodes));
        return $"pvtimer {string.Join(' ', Arguments(scenario, "DIR").Select(Quoted))}";
    }

    /// <summary>Runs it, and resumes it if it could not go on.</summary>
    /// <param name="folder">For scenarios and run directories; those of failures stay there.</param>
    public async Task<ChaosOutcome> Execute(string folder)
    {
        long started = Stopwatch.GetTimestamp();
        string scenario = EightHosts.Write(folder, Policy, Nodes);
        string directory = Directory
            .CreateDirectory(Path.Combine(folder, $"run-{Guid.NewGuid():N}"))
            .FullName;
        (int code, string output, string notes) = await Invoke(Arguments(scenario, directory))
            .ConfigureAwait(false);
        string reason = "";
        if (
            code == RunBroke
            && notes.Contains("to go on: pvtimer run --resume", StringComparison.Ordinal)
        )
        {
            reason = notes
                .Split('\n')
                .Last(line => line.Contains("to go on:", StringComparison.Ordinal));
            string[] resume = ["run", "--resume", directory, "--json"];
            (code, output, string more) = await Invoke(resume).ConfigureAwait(false);
            notes += more;
        }
        string? wrong = Wrong(code, output, directory);
        ChaosEnd end =
            wrong is not null ? ChaosEnd.Failed
            : reason.Length > 0 ? ChaosEnd.Resumed
            : ChaosEnd.Same;
        if (end != ChaosEnd.Failed)
        {
            Directory.Delete(directory, recursive: true);
        }
        return new ChaosOutcome(
            end,
            wrong is null ? reason : $"{wrong} {reason} (see {directory})",
            notes,
            Stopwatch.GetElapsedTime(started)
        );
    }

    private IEnumerable<string> Arguments(string scenario, string directory) =>
        [
            .. new[]
            {
                "run",
                scenario,
                "--nodes",
                $"{Nodes}",
                "--checkpoint-every",
                CheckpointEvery,
            },
            .. Enumerable.Repeat("--own-directories", OwnDirectories ? 1 : 0),
            .. Faults.SelectMany(fault => new[] { "--fault", fault }),
            .. new[] { "--json", "--out", directory },
        ];

    private static string Quoted(string argument) =>
        argument.AsSpan().IndexOfAny(" |{}") >= 0 ? $"'{argument}'" : argument;

    /// <summary>What is not as it has to be; null if everything is.</summary>
    private static string? Wrong(int code, string output, string directory)
    {
        if (code != Done)
        {
            return $"exit code {code}";
        }
        if (NodesFile.Read(directory).Nodes.FirstOrDefault(node => node.IsAliveHere) is { } alive)
        {
            return $"{alive.Name} is still there";
        }
        string hash = (string)JsonNode.Parse(output)!["backends"]!["pvtimer"]!["trace_hash"]!;
        string expected = EightHosts.HashOf(Path.Combine(directory, "scenario.conf"));
        return hash == expected ? null : $"trace hash {hash}, expected {expected}";
    }

    /// <summary>The program, in this process; the nodes are processes of their own.</summary>
    private static async Task<(int Code, string Output, string Error)> Invoke(
        IEnumerable<string> arguments
    )
    {
        string[] given = [.. arguments];
        StringWriter output = new();
        StringWriter error = new();
        TextWriter shared = TextWriter.Synchronized(error);
        using CancellationTokenSource stop = new(Patience);
        Session session = new(output, shared, false, false, stop.Token);
        int code = await Task.Run(() => Program.Run(given, session)).ConfigureAwait(false);
        return (code, output.ToString(), error.ToString());
    }
}
