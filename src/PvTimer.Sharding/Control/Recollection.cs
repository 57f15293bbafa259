using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What the nodes have kept on their disks of a run that is submitted: where directories are not shared, all processes
/// may have ended since it was run before, and each of its nodes may know what was commanded of it.
/// </summary>
/// <remarks>
/// <code>
///   client                 coordinator                         each node
///    |------ Submit ---------->|                                  |
///    |                         |---------- RecallRun ------------>|  reads its disk, see <see cref="KeptForm"/>
///    |                         |&lt;--------- RunRecalled ------------|
///    |                         |  all have answered, and all of the latest formation: it goes on from that
/// </code>
/// A node that comes before the run's first formation is asked as well: if it knows more, that is gone on from.
/// </remarks>
internal sealed class Recollection(CoordinatorState state, RunEnding ending)
{
    /// <summary>Nodes that have not come back by then are not waited for any longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>A run does not begin again without what it is known to have had.</summary>
    public const string Lost =
        "no node that is here knows what was commanded of this run last; accepted: the nodes that had it, or pvtimer run --resume to go on without";

    /// <summary>What was commanded since would be numbered like what it comes after.</summary>
    public const string Late =
        "a node has come that knows what was commanded of this run before, and something else has been commanded meanwhile; to go on: pvtimer run --resume";

    private Job? _job;

    private sealed class Job(ActiveRun run, long commands, Action then, TimeSpan now)
    {
        public ActiveRun Run => run;

        /// <summary>The last command that the run's client knows to be in it.</summary>
        public long Commands => commands;

        public Action Then => then;

        /// <summary>All that were there have answered, and the run was opened with what they know.</summary>
        public bool IsAnswered { get; set; }

        /// <summary>The processes that were there then: those of them that have not answered are not waited for again.</summary>
        public HashSet<string> GivenUp { get; } = new(StringComparer.Ordinal);

        /// <summary>When as many nodes were there as the run waits for.</summary>
        public TimeSpan Began { get; set; } = now;

        public Dictionary<string, Form?> Answers { get; } = new(StringComparer.Ordinal);

        public TimeSpan Asked { get; set; } = TimeSpan.MinValue;

        /// <summary>The latest formation that a node has kept; null: none has.</summary>
        public Form? Latest => Answers.Values.OfType<Form>().MaxBy(form => form.Epoch);
    }

    /// <summary>Asks all nodes; where all share one directory, there is nothing to be asked.</summary>
    /// <param name="run">What was submitted.</param>
    /// <param name="commands">The last command that its client knows to be in it.</param>
    /// <param name="then">Done when it is known.</param>
    public void Begin(ActiveRun run, long commands, Action then)
    {
        if (!state.AreDirectoriesApart)
        {
            then();
            return;
        }
        _job = new Job(run, commands, then, state.Elapsed);
        Attend();
    }

    public void OnRecalled(RunRecalled recalled)
    {
        if (_job is { } job && job.Run.Spec.Id == recalled.Run)
        {
            job.Answers[recalled.Node] = recalled.Kept;
            if (job is { IsAnswered: true, Run.Machine: not null })
            {
                AskMore(job);
            }
            Attend();
        }
    }

    /// <summary>What is due while nodes are asked.</summary>
    public void Attend()
    {
        if (_job is not { } job)
        {
            return;
        }
        if (state.Run != job.Run || job.Run is { IsOver: true } or { Formation: not null })
        {
            _job = null;
            return;
        }
        if (job.IsAnswered)
        {
            if (!IsToAskMore(job))
            {
                return;
            }
            AskMore(job);
        }
        bool isLacking = IsLacking(job);
        bool isEarly = state.NodesThere < job.Run.Spec.Nodes;
        job.Began = isEarly ? state.Elapsed : job.Began;
        string[] awaited =
        [
            .. Awaited(job),
            .. Enumerable.Repeat("the nodes that are to come", isEarly ? 1 : 0),
            .. Enumerable.Repeat("nodes that know what was commanded last", isLacking ? 1 : 0),
        ];
        job.Run.RecalledBy = awaited.Length == 0 ? null : string.Join(", ", awaited);
        if (awaited.Length == 0)
        {
            End(job);
        }
        else if (state.Elapsed - job.Began > Patience && isLacking)
        {
            ending.Break(job.Run, Lost);
        }
        else if (state.Elapsed - job.Began > Patience)
        {
            state.Note(
                job.Run,
                $"what {job.Run.RecalledBy} may know of the run is not waited for any longer"
            );
            End(job);
        }
        else if (state.Elapsed - CoordinatorState.RepeatInterval >= job.Asked)
        {
            job.Asked = state.Elapsed;
            foreach (KnownNode node in state.Nodes.All.Where(node => !Has(job, node)))
            {
                state.Tell(node.Report.Seat, new RecallRun(job.Run.Spec));
            }
        }
    }

    /// <summary>The client knows of commands that neither it nor any node has.</summary>
    private bool IsLacking(Job job)
    {
        long known = Math.Max(job.Latest?.Run.Commands ?? 0, EndedOf(job)?.Run.Commands ?? 0);
        return Math.Max(known, job.Run.Spec.Commands) < job.Commands;
    }

    /// <summary>What is known already of the same run.</summary>
    private Form? EndedOf(Job job) =>
        state.Ended?.Run.IsSameRun(job.Run.Spec) == true ? state.Ended : null;

    private static bool Has(Job job, KnownNode node) => job.Answers.ContainsKey(node.Name);

    /// <summary>Members that have not answered, and nodes of the latest formation that have not come back.</summary>
    private IEnumerable<string> Awaited(Job job) =>
        state
            .Cluster.Members.Where(member => member is { IsUp: true, IsReachable: true })
            .Where(member => state.Nodes.FindAt(member.Address) is not { } node || !Has(job, node))
            .Select(member => state.Nodes.FindAt(member.Address)?.Name ?? member.Address)
            .Concat(
                job.Latest?.Seats.Select(seat => seat.Name)
                    .Where(name => !job.Answers.ContainsKey(name))
                    ?? []
            )
            .Distinct(StringComparer.Ordinal);

    /// <summary>A node that has not been asked has come since the run was opened, and before it begins.</summary>
    private bool IsToAskMore(Job job) =>
        job.Run.Machine is not null
        && state.Nodes.All.Any(node =>
            state.Cluster.IsUp(node.Report.Seat.Address)
            && !Has(job, node)
            && !job.GivenUp.Contains(node.Process)
        );

    private void AskMore(Job job) =>
        (job.IsAnswered, job.Began, job.Asked) = (false, state.Elapsed, TimeSpan.MinValue);

    private void End(Job job)
    {
        bool isFirst = job.Run.Machine is null;
        job.IsAnswered = true;
        job.Run.RecalledBy = null;
        job.GivenUp.UnionWith(state.Nodes.All.Select(node => node.Process));
        bool isNews = false;
        if (job.Latest is { } latest)
        {
            state.Epoch = Math.Max(state.Epoch, latest.Epoch);
            isNews = (EndedOf(job)?.Epoch ?? 0) < latest.Epoch;
            state.Ended = isNews ? latest : state.Ended;
        }
        if (isNews && job.Run.IsCommanded)
        {
            ending.Break(job.Run, Late);
        }
        else if (isFirst || isNews)
        {
            (job.Run.Machine, job.Run.Preparing) = (null, null);
            job.Then();
        }
    }
}
