using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What the parts of the coordinator share: the time, who is there, the run, and what is to be done about it.
/// </summary>
internal sealed class CoordinatorState
{
    /// <summary>Said again now and then: a message may have been lost with a connection.</summary>
    public static readonly TimeSpan RepeatInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, Action<DiskAnswer>> _asked = [];
    private readonly List<CoordinatorEffect> _effects = [];
    private readonly List<(TimeSpan At, Action Do)> _later = [];
    private long _requests;

    /// <summary>The time of the event that is being taken.</summary>
    public Moment Now { get; set; }

    public TimeSpan Elapsed => Now.Elapsed;

    public ClusterView Cluster { get; set; } = ClusterView.Empty;

    public NodeTable Nodes { get; } = new();

    /// <summary>The run; null: there has been none.</summary>
    public ActiveRun? Run { get; set; }

    /// <summary>The greatest number of a formation that is known.</summary>
    public long Epoch { get; set; }

    /// <summary>It knows what the nodes were told before it came.</summary>
    public bool IsInformed { get; set; }

    /// <summary>What the nodes know of a run that ended under the coordinator before; null: nothing.</summary>
    public Form? Ended { get; set; }

    /// <summary>It was said that its own node is gone.</summary>
    public bool IsDeposed { get; set; }

    /// <summary>Something has changed that is not to wait until some time has passed.</summary>
    public bool IsAttentionDue { get; set; }

    /// <summary>Its own node was declared dead: another one has the last word, and nothing is believed here.</summary>
    public bool HasNoSay => IsDeposed || Cluster.IsSelfDown;

    /// <summary>
    /// Some nodes are not heard, and who lives is for the resolver to say: on the smaller side of a partition
    /// that is not this one. Until then no formation begins, as its Form would only wait for the network to
    /// be whole again. A node that was declared dead itself has nothing to say any more.
    /// </summary>
    public bool IsUndecided => HasNoSay || Cluster.IsUndecided;

    /// <summary>What is to be done, in order; it is not asked for twice.</summary>
    public ImmutableArray<CoordinatorEffect> TakeEffects()
    {
        ImmutableArray<CoordinatorEffect> all = [.. _effects];
        _effects.Clear();
        return all;
    }

    public void Do(CoordinatorEffect effect) => _effects.Add(effect);

    public void Tell(ClusterSeat node, IWireMessage message) =>
        Do(new CoordinatorEffect.TellNode(node, message));

    public void TellSeats(ActiveRun run, IWireMessage message)
    {
        foreach (ClusterSeat seat in run.Seats)
        {
            Tell(seat, message);
        }
    }

    /// <param name="request">What the disk is to do.</param>
    /// <param name="then">What is done with the answer, in the step that brings it.</param>
    public void AskDisk(DiskRequest request, Action<DiskAnswer> then)
    {
        long number = ++_requests;
        _asked.Add(number, then);
        Do(new CoordinatorEffect.AskDisk(number, request with { Writer = Run?.Writer ?? 0 }));
    }

    public void TakeAnswer(CoordinatorEvent.DiskAnswered answered)
    {
        if (!_asked.Remove(answered.Number, out Action<DiskAnswer>? then))
        {
            return;
        }
        if (answered.Answer is DiskAnswer.Failed { IsDeposed: true } && Run is { } run)
        {
            run.IsTakenOver = true;
            IsAttentionDue = true;
        }
        then(answered.Answer);
    }

    /// <summary>Something is done when so much time has passed.</summary>
    public void After(TimeSpan delay, Action then) => _later.Add((Elapsed + delay, then));

    /// <summary>Does what is due by now.</summary>
    public void DoWhatIsDue()
    {
        if (_later.Count == 0)
        {
            return;
        }
        (TimeSpan At, Action Do)[] due = [.. _later.Where(later => later.At <= Elapsed)];
        _later.RemoveAll(later => later.At <= Elapsed);
        foreach ((_, Action then) in due)
        {
            then();
        }
    }

    /// <summary>Adds a line to the run's history.</summary>
    public void Note(ActiveRun run, string what) => run.History.Note(what, Now.Utc);

    public void Enter(ActiveRun run, RunPhase phase) => run.Enter(phase, Elapsed);

    /// <summary>How many nodes take part, those included that were told to take no cells.</summary>
    public int NodesThere => Nodes.All.Count(node => Cluster.IsUp(node.Report.Seat.Address));

    public ImmutableArray<ClusterSeat> EligibleSeats()
    {
        IList<KnownNode> all = Nodes.All;
        ImmutableArray<ClusterSeat>.Builder seats = ImmutableArray.CreateBuilder<ClusterSeat>(
            all.Count
        );
        for (int index = 0; index < all.Count; index++)
        {
            ClusterSeat seat = all[index].Report.Seat;
            if (all[index].MayTakeCells && Cluster.IsUp(seat.Address))
            {
                seats.Add(seat);
            }
        }
        return seats.DrainToImmutable();
    }

    /// <summary>What one node writes of runs, others may not see.</summary>
    public bool AreDirectoriesApart
    {
        get
        {
            IList<KnownNode> all = Nodes.All;
            for (int index = 0; index < all.Count; index++)
            {
                if (all[index].Report.Seat.HasOwnDirectory)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>How long a node has not reported.</summary>
    public TimeSpan SilenceOf(KnownNode node) => Elapsed - node.Heard;

    /// <summary>
    /// How far the run has come [ns]: as its nodes have reported of this formation, and not less far than where that
    /// began.
    /// </summary>
    public long ReachedBy(ActiveRun run)
    {
        if (run.Formation is not { } formation)
        {
            return 0;
        }
        long reached = formation.Form.ReachedNanoseconds;
        foreach (ClusterSeat seat in formation.Form.Seats)
        {
            if (Nodes.FindAt(seat.Address)?.Report is { } report && report.Epoch == formation.Epoch)
            {
                reached = Math.Max(reached, report.ReachedNanoseconds);
            }
        }
        return reached;
    }

    /// <summary>Where virtual time is: where all have halted, or as far as nodes have reported [ns].</summary>
    public long PositionOf(ActiveRun run) =>
        run.Result?.ReachedNanoseconds
        ?? (run.Phase == RunPhase.Held ? run.HaltedAtNanoseconds : ReachedBy(run));

    public static string Text(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.###} ms");
}
