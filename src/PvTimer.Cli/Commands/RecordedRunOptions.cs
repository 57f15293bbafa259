using System.Collections.Immutable;
using System.CommandLine;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Timers;

namespace PvTimer.Cli.Commands;

/// <summary>The run directory, and which of its back-ends, of commands that run a finished run again.</summary>
internal sealed class RecordedRunOptions
{
    public Argument<string> Run { get; } =
        new("DIR") { Description = "A run directory: what pvtimer run --out wrote" };

    public Option<string?> Backend { get; } =
        new("--backend")
        {
            Description = "Only these back-ends; left out: all of the run",
            HelpName = "a,b",
        };

    public Option<bool> Quiet { get; } = new("--quiet") { Description = "Show no progress" };

    /// <summary>Empty: all.</summary>
    /// <exception cref="UsageException">There is no such back-end.</exception>
    public ImmutableArray<TimerBackend> BackendsOf(ParseResult parsed) =>
        parsed.GetValue(Backend) is { } names ? [.. names.Split(',').Select(Find)] : [];

    private static TimerBackend Find(string name) =>
        TimerBackends.All.FirstOrDefault(backend => backend.Name == name.Trim())
        ?? throw new UsageException(
            $"--backend: there is no '{name.Trim()}'; accepted: {string.Join(", ", TimerBackends.All.Select(backend => backend.Name))}"
        );
}
