using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// Times whole commands from outside, start-up and compilation of the code included: this build, and beside it
/// other builds, or this one with other settings of the runtime. Programs take turns, so that a machine
/// whose speed changes is as fast for each; the first round is not counted.
/// </summary>
public sealed class WholeProcesses : IDisposable
{
    /// <summary>Short, long, on many hosts, and on nodes that start together.</summary>
    private static readonly ImmutableArray<WholeCommand> Commands =
    [
        new("quickstart", ["config/scenarios/quickstart.conf"]),
        new("ticks", ["config/bench/ticks.conf"]),
        new("eight-hosts", ["config/scenarios/eight-hosts.conf"]),
        new("eight-hosts, 3 nodes", ["config/scenarios/eight-hosts.conf", "--nodes", "3"]),
    ];

    private readonly string _directory = Directory
        .CreateTempSubdirectory("pvtimer-bench-")
        .FullName;
    private readonly ImmutableArray<WholeProgram> _programs;

    /// <param name="against">Other builds: the paths of their pvtimer.dll or executable.</param>
    /// <param name="settings">This build with variables of the environment: "DOTNET_TieredPGO=0", or several with a space between them.</param>
    public WholeProcesses(IReadOnlyList<string> against, IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(against);
        ArgumentNullException.ThrowIfNull(settings);
        NodeProgram own = NodeProgram.Own(typeof(WholeProcesses).Assembly.Location);
        _programs =
        [
            new WholeProgram("this build", own, []),
            .. against.Select(file => new WholeProgram(file, NodeProgram.Of(file), [])),
            .. settings.Select(setting => new WholeProgram(setting, own, [.. setting.Split(' ')])),
        ];
    }

    /// <param name="runs">Of each command with each program, at least 1.</param>
    /// <exception cref="UsageException">A program does not run a command.</exception>
    public ImmutableArray<WholeRow> Measure(int runs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        return [.. Commands.SelectMany(command => Measure(command, runs))];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IEnumerable<WholeRow> Measure(WholeCommand command, int runs)
    {
        List<double>[] seconds = [.. _programs.Select(_ => new List<double>())];
        bool[] isOther = new bool[_programs.Length];
        string? common = null;
        for (int round = 0; round <= runs; round++)
        {
            for (int index = 0; index < _programs.Length; index++)
            {
                long began = Stopwatch.GetTimestamp();
                string hashes = Run(_programs[index], command);
                double took = Stopwatch.GetElapsedTime(began).TotalSeconds;
                common ??= hashes;
                isOther[index] |= hashes != common;
                if (round > 0)
                {
                    seconds[index].Add(took);
                }
            }
        }
        return _programs.Select(
            (program, index) => Row(command, program, seconds[index], !isOther[index])
        );
    }

    /// <summary>The trace hashes that the command printed.</summary>
    private string Run(WholeProgram program, WholeCommand command)
    {
        ProcessStartInfo start = new(program.Program.File)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] arguments =
        [
            .. program.Program.Arguments,
            "run",
            .. command.Arguments,
            "--out",
            Path.Combine(_directory, "run"),
            "--json",
            "--quiet",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach (string setting in program.Settings)
        {
            string[] pair = setting.Split('=', 2);
            start.Environment[pair[0]] = pair[1];
        }
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != ExitCode.Done)
        {
            throw new UsageException(
                $"{program.Name}: `run {string.Join(' ', command.Arguments)}` ended with exit code {process.ExitCode}; accepted: a build of pvtimer, in the repository's folder"
            );
        }
        using JsonDocument summary = JsonDocument.Parse(output);
        return string.Join(
            ' ',
            summary
                .RootElement.GetProperty("backends")
                .EnumerateObject()
                .Select(backend => backend.Value.GetProperty("trace_hash").GetString())
        );
    }

    private static WholeRow Row(
        WholeCommand command,
        WholeProgram program,
        List<double> seconds,
        bool isSame
    )
    {
        seconds.Sort();
        return new WholeRow(
            command.Name,
            program.Name,
            seconds[seconds.Count / 2],
            seconds.Count,
            seconds[0],
            seconds[^1],
            isSame
        );
    }

    private sealed record WholeCommand(string Name, ImmutableArray<string> Arguments);

    private sealed record WholeProgram(
        string Name,
        NodeProgram Program,
        ImmutableArray<string> Settings
    );
}

/// <summary>What `pvtimer bench whole` found.</summary>
/// <param name="Machine">Where it ran.</param>
/// <param name="Rows">One for each command and program.</param>
public sealed record WholeReport(BenchMachine Machine, ImmutableArray<WholeRow> Rows);

/// <summary>One command with one program.</summary>
/// <param name="Name">The command: "quickstart".</param>
/// <param name="Program">"this build", another build's path, or a setting.</param>
/// <param name="Seconds">Wall time from start to exit, the median.</param>
/// <param name="Runs">How many.</param>
/// <param name="Min">The fastest run [seconds].</param>
/// <param name="Max">The slowest run [seconds].</param>
/// <param name="IsSameResult">It computed in every run what this build did first; only another version may not.</param>
public sealed record WholeRow(
    string Name,
    string Program,
    double Seconds,
    int Runs,
    double Min,
    double Max,
    bool IsSameResult
);
