using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Control;

/// <summary>The run that the coordinator looks after, and how far it is.</summary>
/// <param name="spec">What is run.</param>
/// <param name="now">When the coordinator came to know it.</param>
internal sealed class ActiveRun(RunSpec spec, TimeSpan now)
{
    public RunSpec Spec { get; set; } = spec;

    /// <summary>What its machine is made of; null: that is being read.</summary>
    public MachineFacts? Machine { get; set; }

    /// <summary>A command was written down since it was opened.</summary>
    public bool IsCommanded { get; set; }

    /// <summary>What it is made from and the coordinator's node lacks; null: that is there.</summary>
    public LackingInputs? Lacking { get; set; }

    /// <summary>The nodes that have not said yet what they have kept of it; null: none is waited for.</summary>
    public string? RecalledBy { get; set; }

    /// <summary>See <see cref="DiskRequest.Writer"/>.</summary>
    public long Writer { get; set; }

    /// <summary>Another coordinator has taken it over, and this one has not taken it back.</summary>
    public bool IsTakenOver { get; set; }

    public RunPhase Phase { get; private set; } = RunPhase.Waiting;

    /// <summary>When the phase began.</summary>
    public TimeSpan PhaseBegan { get; private set; } = now;

    /// <summary>When the phase began, or what it waits for was asked for last.</summary>
    public TimeSpan PhaseSince { get; set; } = now;

    /// <summary>The formation that it is in; null: it has not had one.</summary>
    public CurrentFormation? Formation { get; set; }

    /// <summary>The formation that is prepared on disk; null: none is.</summary>
    public Preparation? Preparing { get; set; }

    /// <summary>Its last checkpoint is being made: what happens to nodes now changes nothing.</summary>
    public bool IsConcluding { get; set; }

    /// <summary>How often the disk has failed what the run cannot go on without, since it last did not.</summary>
    public int DiskFailures { get; set; }

    /// <summary>How often the result could not be read back.</summary>
    public int LostResults { get; set; }

    public CheckpointLog Checkpoints { get; } = new(now);

    public FailureCount Failures { get; } = new();

    public RunHistory History { get; } = new();

    public RunClock Clock { get; } = new();

    /// <summary>What it was told to do.</summary>
    public RunWishes Wishes { get; set; } = new();

    /// <summary>What was seen of it last, put together when it is asked for; null: nothing.</summary>
    public LookRound? LastLook { get; set; }

    /// <summary>When that was.</summary>
    public TimeSpan LookedAt { get; set; }

    /// <summary>The barrier at which all nodes have halted last [ns].</summary>
    public long HaltedAtNanoseconds { get; set; }

    /// <summary>The last command that was accepted.</summary>
    public long LastCommand { get; set; }

    /// <summary>
    /// The formation is given up (a node of it was lost, or the run goes back), and the run has not been restored
    /// yet: the line that says so.
    /// </summary>
    public string? Loss { get; set; }

    /// <summary>The formation ended before its time on a node that is there: which, and the line that says so; null: it did not.</summary>
    public (string Node, string What)? Failing { get; set; }

    /// <summary>The shortest and the longest time that its formations took [ms]; null: none has formed here.</summary>
    public (double Shortest, double Longest)? FormationMilliseconds { get; private set; }

    public string? Failure { get; set; }

    public CheckpointManifest? Result { get; set; }

    public bool IsOver => Phase is RunPhase.Done or RunPhase.Broken or RunPhase.Stopped;

    public ImmutableArray<ClusterSeat> Seats => Formation?.Form.Seats ?? [];

    public IEnumerable<string> CellNames => Machine?.Cells.Select(cell => cell.Name) ?? [];

    public bool Has(string node) => Formation?.Has(node) ?? false;

    /// <summary>It has come to where it is to stand still.</summary>
    public bool IsAtHold => Wishes.HoldAtNanoseconds <= HaltedAtNanoseconds;

    public void Enter(RunPhase phase, TimeSpan now)
    {
        Clock.Run(phase is RunPhase.Running or RunPhase.Pausing, now);
        Clock.Stand(phase is RunPhase.Pausing or RunPhase.Forming, now);
        Phase = phase;
        (PhaseBegan, PhaseSince) = (now, now);
    }

    /// <summary>The formation runs, and took so long from the halt of the one before.</summary>
    public void CountFormation(double milliseconds) =>
        FormationMilliseconds = FormationMilliseconds is var (shortest, longest)
            ? (Math.Min(shortest, milliseconds), Math.Max(longest, milliseconds))
            : (milliseconds, milliseconds);
}

/// <summary>What a run was told to do: it holds for the formations to come.</summary>
internal sealed class RunWishes
{
    /// <summary>Where cells were sent by command, over the policy; by cell or host.</summary>
    public ImmutableDictionary<string, string> Pins { get; set; } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>Where virtual time is to stand still [ns]; null: nowhere.</summary>
    public long? HoldAtNanoseconds { get; set; }

    /// <summary>How much virtual time may pass in a second of wall time [ns]; null: as much as can.</summary>
    public long? NanosecondsPerSecond { get; set; }

    /// <summary>After the next pause it stops for good.</summary>
    public bool Stop { get; set; }

    /// <summary>A checkpoint is to be taken: at the next barrier, or where it stands still before it goes on.</summary>
    public bool Keep { get; set; }

    /// <summary>Events that wait for the next barrier, in the order of their numbers.</summary>
    public List<AcceptedCommand> Events { get; } = [];

    /// <summary>A formation was told all of it.</summary>
    public bool AreThoseOf(Form form) =>
        Events.Count == 0
        && Stop == form.Stop
        && HoldAtNanoseconds == form.HoldAtNanoseconds
        && NanosecondsPerSecond == form.NanosecondsPerSecond
        && Pins.Count == form.Pins.Count
        && Pins.All(pin => form.Pins.GetValueOrDefault(pin.Key) == pin.Value);
}

/// <summary>A formation between the decision that there shall be one and the moment at which nodes are told.</summary>
/// <param name="why">For the run's history.</param>
/// <param name="requestOf">What the disk is asked for; it may have to be asked again, with what holds then.</param>
/// <param name="isRestore">It needs nothing of the formation before.</param>
internal sealed class Preparation(
    string why,
    Func<ActiveRun, DiskRequest> requestOf,
    bool isRestore
)
{
    public string Why => why;

    public bool IsRestore => isRestore;

    /// <summary>What the disk has prepared; null: it has not answered yet.</summary>
    public DiskAnswer? Answer { get; set; }

    public DiskRequest RequestOf(ActiveRun run) => requestOf(run);
}
