using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Clients;

/// <summary>Where a run is in its life.</summary>
public enum RunPhase
{
    /// <summary>Nobody knows it: it was never submitted, or the coordinator that knew it died.</summary>
    Unknown,

    /// <summary>Not enough nodes are there.</summary>
    Waiting,

    /// <summary>Cells and their state are on their way to their nodes.</summary>
    Forming,

    Running,

    /// <summary>It comes to a halt at a barrier.</summary>
    Pausing,

    /// <summary>Virtual time stands still where it was told to, until it is told otherwise.</summary>
    Held,

    /// <summary>It reached its end; the result is a checkpoint.</summary>
    Done,

    /// <summary>It broke, or cannot go on; its checkpoints are kept.</summary>
    Broken,

    /// <summary>It was stopped; its last checkpoint is where.</summary>
    Stopped,
}

/// <summary>Client: run this. Answered with <see cref="RunStatus"/>; saying it twice does no harm.</summary>
/// <param name="Run">What.</param>
/// <param name="InputSha256">Of what it is made from, see <see cref="InputHash"/>; nodes that lack it are sent it.</param>
/// <param name="HoldAtNanoseconds">Where virtual time stands still, see <see cref="ClusterVerb.Hold"/>; null: nowhere.</param>
/// <param name="KnownCommands">See <see cref="RunStatus.Commands"/>: the run does not begin again without what was commanded of it.</param>
public sealed record Submit(
    RunSpec Run,
    string InputSha256,
    long? HoldAtNanoseconds = null,
    long KnownCommands = 0
) : IWireMessage;

/// <summary>Client: how is that run? Answered with <see cref="RunStatus"/>.</summary>
public sealed record AskRun(string Id) : IWireMessage;

/// <param name="Id">The run.</param>
/// <param name="Phase">Where it is.</param>
/// <param name="Epoch">Its formation.</param>
/// <param name="ReachedNanoseconds">Virtual time.</param>
/// <param name="Events">Handled so far.</param>
/// <param name="Rounds">Windows of this formation.</param>
/// <param name="RunMilliseconds">Wall time in which virtual time ran, in all formations together.</param>
/// <param name="What">Why it waits or what broke; null if there is nothing to say.</param>
/// <param name="Result">Done, Stopped: where its state is.</param>
/// <param name="History">What happened to it, a line each.</param>
/// <param name="HoldAtNanoseconds">Where virtual time stands still, or will; null: nowhere.</param>
/// <param name="NextNanoseconds">Where virtual time stands still: the next event [ns]; null: none is pending.</param>
/// <param name="Wanted">What the client is to send; null: nothing.</param>
/// <param name="Commands">The last command that all nodes of a formation have in it; see <see cref="RunSpec.Commands"/>.</param>
public sealed record RunStatus(
    string Id,
    RunPhase Phase,
    long Epoch,
    long ReachedNanoseconds,
    long Events,
    long Rounds,
    double RunMilliseconds,
    string? What,
    CheckpointManifest? Result,
    ImmutableArray<string> History,
    long? HoldAtNanoseconds = null,
    long? NextNanoseconds = null,
    WantedInputs? Wanted = null,
    long Commands = 0
) : IWireMessage
{
    public bool IsOver => Phase is RunPhase.Done or RunPhase.Broken or RunPhase.Stopped;
}

/// <summary>Client: how is the cluster? Answered with <see cref="ClusterStatus"/>.</summary>
public sealed record AskCluster : IWireMessage
{
    public static AskCluster Instance { get; } = new();
}

/// <summary>A member of the cluster as its coordinator sees it.</summary>
/// <param name="Address">Its Akka address.</param>
/// <param name="Status">Joining, Up, Leaving, Exiting, Down or Removed, as Akka calls them.</param>
/// <param name="IsReachable">The failure detector hears from it.</param>
/// <param name="IsOldest">The coordinator and the shards' own coordinator live there.</param>
/// <param name="IsDraining">It gets no cells any more.</param>
/// <param name="Report">Its last report; null if there was none.</param>
/// <param name="SilenceMilliseconds">How old the report is.</param>
public sealed record MemberStatusLine(
    string Address,
    string Status,
    bool IsReachable,
    bool IsOldest,
    bool IsDraining,
    NodeReport? Report,
    long SilenceMilliseconds
);

/// <summary>Where a cell lives.</summary>
public sealed record CellHome(string Cell, string Node);

/// <summary>How the run's windows and checkpoints do.</summary>
/// <param name="Backend">The back-end that runs.</param>
/// <param name="Scenario">The scenario's name.</param>
/// <param name="ScenarioFile">Its resolved form, what was commanded included.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="DurationNanoseconds">How long the run is in virtual time.</param>
/// <param name="LookaheadNanoseconds">No window is longer than this.</param>
/// <param name="Link">The link that makes it so, as "h0 - h3"; null: none is that short.</param>
/// <param name="NanosecondsPerSecond">Virtual time that may pass in a second of wall time; null: as much as can.</param>
/// <param name="Checkpoints">How many have become whole.</param>
/// <param name="CheckpointMilliseconds">How long ago the last one did, or the formation began.</param>
/// <param name="CheckpointReached">Where it is [ns of virtual time]; null: there is none.</param>
/// <param name="FreezingMilliseconds">How long virtual time stood still for all of them.</param>
/// <param name="WritingMilliseconds">How long they were written meanwhile.</param>
/// <param name="ShortestFormationMilliseconds">How long virtual time stood still for a formation at least; null: none has formed.</param>
/// <param name="LongestFormationMilliseconds">Likewise, at most.</param>
public sealed record RunVitals(
    string Backend,
    string Scenario,
    string ScenarioFile,
    ulong Seed,
    long DurationNanoseconds,
    long LookaheadNanoseconds,
    string? Link,
    long? NanosecondsPerSecond,
    int Checkpoints,
    long CheckpointMilliseconds,
    long? CheckpointReached,
    double FreezingMilliseconds,
    double WritingMilliseconds,
    double? ShortestFormationMilliseconds = null,
    double? LongestFormationMilliseconds = null
);

/// <param name="Members">All members, oldest first.</param>
/// <param name="Leader">The address of Akka's leader; null: there is none.</param>
/// <param name="Cells">All cells of the run, in order; empty without one.</param>
/// <param name="Run">The run; null without one.</param>
/// <param name="Vitals">How it does; null without one that has formed.</param>
public sealed record ClusterStatus(
    ImmutableArray<MemberStatusLine> Members,
    string? Leader,
    ImmutableArray<CellHome> Cells,
    RunStatus? Run,
    RunVitals? Vitals
) : IWireMessage;

/// <summary>What a client can have done to the cluster.</summary>
public enum ClusterVerb
{
    /// <summary>Subject (a cell or a host) goes to node To.</summary>
    Move,

    /// <summary>Subject (a node) gives all its cells away and gets no more.</summary>
    Drain,

    /// <summary>Subject (a node) is drained, leaves the cluster, and ends.</summary>
    Leave,

    /// <summary>Subject (a node) is declared dead.</summary>
    Down,

    /// <summary>Subject is an event in HOCON, as in a scenario; it happens at the next barrier or later.</summary>
    Inject,

    /// <summary>Subject (a run) stops at the next barrier, with a checkpoint.</summary>
    Stop,

    /// <summary>The run writes a checkpoint at the next barrier.</summary>
    Checkpoint,

    /// <summary>
    /// Subject (a run) stands still when everything before virtual time To ("5ms") has happened and nothing
    /// at or after it; or at the next barrier, if it is later than that already. "+5ms" counts from where it
    /// is; "next" is, where it stands still, when the next event has happened. Without To it goes on.
    /// </summary>
    Hold,

    /// <summary>
    /// Subject (a run) goes back to its last checkpoint before virtual time To ("5ms"), or to its beginning,
    /// and forward to that instant, where it stands still. What lies ahead already is a <see cref="Hold"/>.
    /// </summary>
    Travel,

    /// <summary>
    /// Of subject (a run) no more virtual time passes than To ("10ms") in a second of wall time, from the next
    /// barrier on. Without To as much as can.
    /// </summary>
    Pace,

    /// <summary>
    /// The process of subject (a node) was killed by the client, through its operating system: a line of the run's
    /// history. What it means to the run the cluster finds out by itself.
    /// </summary>
    Kill,
}

/// <summary>Client: do this. Answered with <see cref="CommandAnswer"/>.</summary>
/// <param name="Verb">What.</param>
/// <param name="Subject">See the verb.</param>
/// <param name="To">See the verb.</param>
/// <param name="By">Who wants it; null: not said.</param>
/// <param name="Reason">Why; null: not said. Who and why become a line of the run's history.</param>
/// <param name="Id">
/// Unique: a command that comes twice is done once. Null: it is given one when a client sends it; a node that empties itself
/// says so again until it is done.
/// </param>
public sealed record ClusterCommand(
    ClusterVerb Verb,
    [property: JsonConverter(typeof(LinesConverter))] string Subject,
    string? To = null,
    string? By = null,
    string? Reason = null,
    string? Id = null
) : IWireMessage;

/// <summary>Client: could this be done as things are? Nothing is done. Answered with <see cref="CommandAnswer"/>.</summary>
/// <param name="Command">What.</param>
public sealed record CheckCommand(ClusterCommand Command) : IWireMessage;

/// <param name="Accepted">It is done, or will be at the next barrier.</param>
/// <param name="What">One line: what happens now, or why it does not and what is accepted.</param>
public sealed record CommandAnswer(bool Accepted, string What) : IWireMessage;
