using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;

namespace PvTimer.Sharding.Commands;

/// <summary>
/// One thing that can be done to a cluster: what it would do as things are, and how it is done. The coordinator,
/// the console, the terminal and the command line have the same.
/// </summary>
public abstract record RunCommand
{
    internal const string NoRunLine = "there is no run; accepted: a cluster that runs one";

    private protected const string HashStays = "the trace hash does not change";

    /// <summary>The command that a message of a client means.</summary>
    /// <param name="wire">The message.</param>
    public static RunCommand Of(ClusterCommand wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        return wire.Verb switch
        {
            ClusterVerb.Move => new MoveCommand(wire.Subject, wire.To ?? ""),
            ClusterVerb.Drain => new DrainCommand(wire.Subject) { Process = wire.To },
            ClusterVerb.Leave => new LeaveCommand(wire.Subject) { Process = wire.To },
            ClusterVerb.Down => new DownCommand(wire.Subject),
            ClusterVerb.Inject => new InjectCommand(wire.Subject),
            ClusterVerb.Stop => new StopCommand(wire.Subject),
            ClusterVerb.Checkpoint => new CheckpointCommand(),
            ClusterVerb.Hold => new HoldCommand(wire.Subject, wire.To),
            ClusterVerb.Travel => new TravelCommand(wire.Subject, wire.To ?? ""),
            ClusterVerb.Pace => new PaceCommand(wire.Subject, wire.To),
            ClusterVerb.Kill => new KillCommand(wire.Subject),
            _ => throw new ArgumentOutOfRangeException(nameof(wire), wire.Verb, "no command"),
        };
    }

    /// <summary>As it goes to the coordinator.</summary>
    public abstract ClusterCommand Wire { get; }

    /// <summary>What it would do. Nothing is done.</summary>
    /// <param name="cluster">As things are.</param>
    public CommandPreview Preview(ClusterStatus cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return ObstacleIn(cluster) is { } obstacle
            ? new CommandPreview(false, [obstacle])
            : new CommandPreview(true, [.. LinesIn(cluster)]);
    }

    /// <summary>Why it cannot be done and what is accepted, on one line; null: it can.</summary>
    private protected abstract string? ObstacleIn(ClusterStatus cluster);

    /// <summary>What happens then, a line each.</summary>
    private protected abstract IEnumerable<string> LinesIn(ClusterStatus cluster);

    /// <summary>The same without a word that depends on when it is read, such as "+5ms".</summary>
    internal virtual RunCommand Settle(ClusterStatus cluster) => this;

    /// <summary>It becomes part of the run: written down before it is acknowledged.</summary>
    internal abstract bool IsKept(ActiveRun run);

    /// <summary>Does it. It is possible, and settled.</summary>
    /// <param name="context">What it acts on.</param>
    /// <param name="accepted">As it is written down; null: it is not.</param>
    /// <returns>One line: what happens now.</returns>
    internal abstract string Apply(CommandContext context, AcceptedCommand? accepted);

    /// <summary>Does what another coordinator has acknowledged.</summary>
    /// <param name="of">What is taken up, and by which run.</param>
    /// <returns>Whether there was something to do.</returns>
    internal virtual bool TakeUp(TakenUp of) => false;

    private protected static string? NoRun(ClusterStatus cluster) =>
        cluster.Run is { IsOver: false } ? null : NoRunLine;

    private protected static string? NoRun(ClusterStatus cluster, string id) =>
        cluster.Run is { IsOver: false } run && run.Id == id ? null : NoRunLine;

    private protected static string? NoNode(ClusterStatus cluster, string name) =>
        Find(cluster, name) is not null
            ? null
            : $"there is no node '{name}'; accepted: {Some(cluster.Members.Select(member => member.Report?.Seat.Name).OfType<string>())}";

    private protected static MemberStatusLine? Find(ClusterStatus cluster, string name) =>
        cluster.Members.FirstOrDefault(member => member.Report?.Seat.Name == name);

    /// <summary>The process of a node that reports.</summary>
    private protected static string ProcessOf(ClusterStatus cluster, string name) =>
        KnownNode.ProcessAt(Find(cluster, name)!.Report!.Seat); // reason: it is possible only if there is one

    /// <summary>What was told to a process holds for as long as the process lives, whatever becomes of the run.</summary>
    /// <returns>Whether this coordinator did not know of it.</returns>
    private protected static bool TakeUp(TakenUp of, string? process, Retirement retirement) =>
        (of.IsSuccessor || of.IsWish)
        && process is not null
        && of.State.Nodes.Retire(process, retirement);

    /// <summary>How long formations have taken in this run.</summary>
    private protected static string Standing(ClusterStatus cluster) =>
        cluster.Vitals
            is {
                ShortestFormationMilliseconds: { } shortest,
                LongestFormationMilliseconds: { } longest
            }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"virtual time stands still meanwhile; the formations of this run took {shortest:0} to {longest:0} ms"
            )
            : "virtual time stands still meanwhile";

    /// <summary>Some of many names.</summary>
    private protected static string Some(IEnumerable<string> names)
    {
        const int shown = 12;
        string[] all = [.. names];
        return string.Join(", ", all.Take(shown)) + (all.Length > shown ? " ..." : "");
    }
}

/// <summary>What a command would do.</summary>
/// <param name="IsPossible">Whether it can be done as things are.</param>
/// <param name="Lines">What happens then, a line each; or why it cannot be done and what is accepted.</param>
public sealed record CommandPreview(bool IsPossible, ImmutableArray<string> Lines);
