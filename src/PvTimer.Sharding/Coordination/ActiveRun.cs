using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Coordination;

/// <summary>The run that the coordinator looks after, and how far it is.</summary>
internal sealed class ActiveRun(RunSpec spec)
{
    private readonly List<string> _history = [];

    /// <summary>When formations failed on each node.</summary>
    private readonly Dictionary<string, Queue<TimeSpan>> _blame = new(StringComparer.Ordinal);
    private readonly Stopwatch _running = new();
    private readonly Stopwatch _standing = new();

    public RunSpec Spec { get; set; } = spec;

    public RunPhase Phase { get; set; } = RunPhase.Waiting;

    /// <summary>The formation that it is in.</summary>
    public Form? Form { get; set; }

    /// <summary>Nodes of the formation that have formed.</summary>
    public HashSet<string> Formed { get; } = new(StringComparer.Ordinal);

    /// <summary>What the nodes of the formation said when they halted.</summary>
    public Dictionary<string, Halted> Halts { get; } = new(StringComparer.Ordinal);

    /// <summary>Parts of the checkpoint that is being written.</summary>
    public Dictionary<string, CheckpointWritten> Written { get; } = new(StringComparer.Ordinal);

    /// <summary>A checkpoint was asked for and is not whole yet.</summary>
    public bool IsCheckpointing { get; set; }

    /// <summary>Checkpoints that became whole while it ran, as far as this coordinator knows.</summary>
    public int Checkpoints { get; private set; }

    /// <summary>How long they kept virtual time standing: of each what its slowest node took.</summary>
    public double FreezingMilliseconds { get; private set; }

    /// <summary>The last one's share of it.</summary>
    public double LastFreezingMilliseconds { get; private set; }

    /// <summary>How long they were written meanwhile, likewise.</summary>
    public double WritingMilliseconds { get; private set; }

    /// <summary>Where the last one is [ns of virtual time]; null: there is none.</summary>
    public long? CheckpointReached { get; set; }

    /// <summary>Why there has been none lately; null: there has.</summary>
    public string? CheckpointTrouble { get; set; }

    /// <summary>When the last one was whole, or the formation began.</summary>
    public TimeSpan CheckpointedAt { get; set; } = MonotonicTime.Now;

    /// <summary>When the phase began.</summary>
    public TimeSpan PhaseSince { get; set; } = MonotonicTime.Now;

    /// <summary>After the next pause it stops for good, on request.</summary>
    public bool StopWanted { get; set; }

    /// <summary>Where virtual time is to stand still [ns]; null: nowhere.</summary>
    public long? HoldAtNanoseconds { get; set; }

    /// <summary>How much virtual time may pass in a second of wall time [ns]; null: as much as can.</summary>
    public long? NanosecondsPerSecond { get; set; }

    /// <summary>Where it is to go back to [ns]; null: nowhere.</summary>
    public long? TravelTo { get; set; }

    /// <summary>The formation's lookahead [ns]; 0: it has not formed.</summary>
    public long LookaheadNanoseconds { get; set; }

    /// <summary>See <see cref="Formed.Link"/>.</summary>
    public string? Link { get; set; }

    /// <summary>The first event behind where all nodes have halted [ns]; null: none is pending.</summary>
    public long? NextNanoseconds => Halts.Values.Min(halt => halt.NextNanoseconds);

    /// <summary>What was seen of it last; null: nothing.</summary>
    public LookAnswer? LastLook { get; set; }

    /// <summary>When that was.</summary>
    public TimeSpan LookedAt { get; set; }

    /// <summary>The barrier at which all nodes have halted last [ns].</summary>
    public long HaltedAtNanoseconds { get; set; }

    /// <summary>It has come to where it is to stand still.</summary>
    public bool IsAtHold => HoldAtNanoseconds <= HaltedAtNanoseconds;

    /// <summary>Where it stands still, a checkpoint is to be taken before it goes on.</summary>
    public bool KeepWanted { get; set; }

    /// <summary>When its nodes were asked last to write what they have frozen; null: they have not been.</summary>
    public TimeSpan? KeepAskedAt { get; set; }

    /// <summary>Why a pause is wanted; null: it is not.</summary>
    public string? PauseWanted { get; set; }

    /// <summary>Its scenario has events that were commanded: what older checkpoints say of it is out of date.</summary>
    public bool IsAmended { get; set; }

    /// <summary>Events that were commanded and wait for the next barrier, in the order of their numbers.</summary>
    public List<AcceptedCommand> Commanded { get; } = [];

    /// <summary>The last command that was accepted.</summary>
    public long LastCommand { get; set; }

    /// <summary>Those that were accepted before this coordinator knew the run are among them.</summary>
    public bool HasTakenUpCommands { get; set; }

    /// <summary>Where cells were sent by command, over the policy; by cell or host.</summary>
    public ImmutableDictionary<string, string> Pins { get; set; } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>Rounds of the formation when progress was seen last, and when that was.</summary>
    public (long Rounds, TimeSpan At) Progress { get; set; } = (0, MonotonicTime.Now);

    /// <summary>
    /// The formation is given up (a node of it was lost, or the run goes back), and the run has not been restored
    /// yet: the line that says so.
    /// </summary>
    public string? Loss { get; set; }

    /// <summary>The formation ended before its time on a node that is there: which, and the line that says so; null: it did not.</summary>
    public (string Node, string What)? Failing { get; set; }

    /// <summary>One more formation has failed on a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="within">For how long a failure counts.</param>
    /// <returns>How many have failed there.</returns>
    public int Blame(string node, TimeSpan within)
    {
        if (!_blame.TryGetValue(node, out Queue<TimeSpan>? failures))
        {
            _blame[node] = failures = [];
        }
        TimeSpan now = MonotonicTime.Now;
        failures.Enqueue(now);
        while (now - failures.Peek() > within)
        {
            failures.Dequeue();
        }
        return failures.Count;
    }

    /// <summary>The nodes of the formation before, from which frozen cells come at a barrier.</summary>
    public HashSet<string> Givers { get; } = new(StringComparer.Ordinal);

    public string? Failure { get; set; }

    public CheckpointManifest? Result { get; set; }

    public bool IsOver => Phase is RunPhase.Done or RunPhase.Broken or RunPhase.Stopped;

    public IReadOnlyList<string> History => _history;

    public IEnumerable<ClusterSeat> Seats => Form?.Seats ?? [];

    public bool Has(string node) => Seats.Any(seat => seat.Name == node);

    public bool AllSaid(IReadOnlyCollection<string> nodes) => nodes.Count == Seats.Count();

    /// <summary>How long virtual time has run.</summary>
    public TimeSpan RunTime => _running.Elapsed;

    /// <summary>How long it has not been running freely this time.</summary>
    public TimeSpan StandingTime => _standing.Elapsed;

    /// <summary>
    /// A part is on disk. One that was asked for longer ago and given up may still come: parts of two rounds are no
    /// checkpoint, so only those of the latest count.
    /// </summary>
    public void TakeWritten(CheckpointWritten written)
    {
        long latest = Written.Values.Select(part => part.Round).Append(written.Round).Max();
        if (written.Round < latest)
        {
            return;
        }
        foreach (string node in Written.Keys.Where(node => Written[node].Round < latest).ToArray())
        {
            Written.Remove(node);
        }
        Written[written.Node] = written;
    }

    /// <summary>The checkpoint that was asked for is whole.</summary>
    public void CountCheckpoint()
    {
        IsCheckpointing = false;
        CheckpointReached = Written.Values.First().ReachedNanoseconds;
        CheckpointedAt = MonotonicTime.Now;
        Checkpoints++;
        LastFreezingMilliseconds = Written.Values.Max(part => part.FreezingMilliseconds);
        FreezingMilliseconds += LastFreezingMilliseconds;
        WritingMilliseconds += Written.Values.Max(part => part.WritingMilliseconds);
    }

    /// <summary>It comes to a halt, or is brought to run again; or it runs freely.</summary>
    public void Stand(bool isStanding)
    {
        if (isStanding)
        {
            _standing.Start();
        }
        else
        {
            _standing.Reset();
        }
    }

    /// <summary>Virtual time runs from now on, or stands still.</summary>
    public void Clock(bool isRunning)
    {
        if (isRunning)
        {
            _running.Start();
        }
        else
        {
            _running.Stop();
        }
    }

    /// <summary>Adds a line to the history, with the time of day (UTC).</summary>
    public void Note(string what) =>
        _history.Add(
            string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {what}")
        );

    /// <summary>The history as a coordinator before this one kept it.</summary>
    public void Inherit(IEnumerable<string> lines) => _history.AddRange(lines);
}
