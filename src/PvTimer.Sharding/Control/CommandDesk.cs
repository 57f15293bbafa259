using System.Collections.Generic;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;

namespace PvTimer.Sharding.Control;

/// <summary>
/// What clients command: checked as things are, written down, done, acknowledged, in that order. What is
/// acknowledged survives the coordinator that acknowledged it.
/// </summary>
internal sealed class CommandDesk(
    CoordinatorState state,
    RunHalts halts,
    StatusBoard board,
    Learners learners
)
{
    /// <summary>So many wait at most; the first of more are not answered, and ask again.</summary>
    private const int MostUnanswered = 1_000;

    private readonly CommandContext _context = new(state, halts);
    private readonly Queue<Done> _unanswered = new();

    /// <summary>A command that is done, and whose client has not heard so yet.</summary>
    private sealed record Done(
        ActiveRun Run,
        long Number,
        ClusterCommand Wire,
        string What,
        long Asker
    );

    public void Take(ClusterCommand wire, long asker)
    {
        if (state.HasNoSay)
        {
            // Not even to refuse: the client asks again, and finds the coordinator that has.
            return;
        }
        ClusterStatus status = board.OfCluster();
        var command = RunCommand.Of(wire);
        CommandPreview preview = command.Preview(status);
        if (!preview.IsPossible)
        {
            Answer(asker, new CommandAnswer(false, preview.Lines[0]));
            return;
        }
        if (state.Run is { IsConcluding: true })
        {
            Answer(asker, new CommandAnswer(false, RunCommand.NoRunLine));
            return;
        }
        if (state.Run is { Machine: null, IsOver: false })
        {
            Answer(
                asker,
                new CommandAnswer(
                    false,
                    "the scenario is being read; accepted: a command when the run waits for nodes, or runs"
                )
            );
            return;
        }
        RunCommand settled = command.Settle(status);
        // Without a name it is a node's own, which says it again until it is done.
        if (wire.Id is not null && state.Run is { IsOver: false } run && settled.IsKept(run))
        {
            WriteDown(run, settled, wire, asker);
        }
        else
        {
            Acknowledge(wire, settled.Apply(_context, accepted: null), asker);
        }
    }

    /// <summary>Says whether a command could be done as things are: an event is read as the scenario's own are.</summary>
    public void Check(ClusterCommand wire, long asker)
    {
        if (state.HasNoSay)
        {
            return;
        }
        var command = RunCommand.Of(wire);
        CommandPreview preview = command.Preview(board.OfCluster());
        CommandAnswer answer = new(preview.IsPossible, preview.Lines[0]);
        if (
            !preview.IsPossible
            || command is not InjectCommand
            || state.Run is not { IsOver: false, Machine: not null } run
        )
        {
            Answer(asker, answer);
            return;
        }
        state.AskDisk(
            new DiskRequest.CheckEvent(run.Spec, command.Wire, state.ReachedBy(run)),
            came =>
                Answer(
                    asker,
                    came is DiskAnswer.Failed failed
                        ? new CommandAnswer(false, failed.What)
                        : answer
                )
        );
    }

    private void WriteDown(ActiveRun run, RunCommand command, ClusterCommand wire, long asker) =>
        state.AskDisk(
            new DiskRequest.WriteCommand(
                run.Spec,
                command.Wire with
                {
                    Id = wire.Id,
                },
                state.ReachedBy(run)
            ),
            answer =>
            {
                if (answer is not DiskAnswer.Written written)
                {
                    Answer(asker, new CommandAnswer(false, ((DiskAnswer.Failed)answer).What));
                    return;
                }
                if (run.IsOver || run.IsConcluding || state.Run != run)
                {
                    Answer(asker, new CommandAnswer(false, RunCommand.NoRunLine));
                    return;
                }
                long number = written.Command.Number;
                if (number > run.LastCommand)
                {
                    run.LastCommand = number;
                    run.IsCommanded = true;
                    Settle(run, number, wire, command.Apply(_context, written.Command), asker);
                }
                else
                {
                    // It has come twice, or was read back with those of a coordinator before this one.
                    Settle(run, number, wire, command.Preview(board.OfCluster()).Lines[0], asker);
                }
            }
        );

    /// <summary>
    /// What is on disk survives, if other nodes see that disk. If not, all nodes have to know it first: whichever of
    /// them becomes the next coordinator has it from those that are left then.
    /// </summary>
    private void Settle(ActiveRun run, long number, ClusterCommand wire, string what, long asker)
    {
        if (state.AreDirectoriesApart)
        {
            state.IsAttentionDue = true;
            _unanswered.Enqueue(new Done(run, number, wire, what, asker));
            if (_unanswered.Count > MostUnanswered)
            {
                _unanswered.Dequeue();
            }
        }
        else
        {
            Acknowledge(wire, what, asker);
        }
    }

    /// <summary>Answers what is known to the nodes by now, in the order in which it was commanded.</summary>
    public void Attend()
    {
        while (_unanswered.TryPeek(out Done? done))
        {
            if (done.Run == state.Run)
            {
                if (!IsKnown(done))
                {
                    return;
                }
                Acknowledge(done.Wire, done.What, done.Asker);
            }
            _unanswered.Dequeue();
        }
    }

    /// <summary>It is in a formation that all nodes have, or there was nothing to tell them.</summary>
    private bool IsKnown(Done done) =>
        done.Run.IsOver
        || (
            done.Run is { Loss: null, Preparing: null, Formation: { HasFormed: true } formation }
            && (
                formation.Form.Run.Commands >= done.Number
                || done.Run.Wishes.AreThoseOf(formation.Form)
            )
            && learners.Know(formation)
        );

    private void Acknowledge(ClusterCommand wire, string what, long asker)
    {
        if (wire.By is { } author && state.Run is { } run)
        {
            string order = string.IsNullOrEmpty(wire.To)
                ? $"{wire.Verb} {wire.Subject}"
                : $"{wire.Verb} {wire.Subject} {wire.To}";
            state.Note(run, $"{author}: {order}: {wire.Reason}");
        }
        state.IsAttentionDue = true;
        Answer(asker, new CommandAnswer(true, what));
    }

    private void Answer(long asker, CommandAnswer answer) =>
        state.Do(new CoordinatorEffect.Answer(asker, answer));

    /// <summary>Nodes that were asked to leave do so when nothing lives there any more.</summary>
    public void LetGo()
    {
        foreach (KnownNode node in state.Nodes.All)
        {
            if (!node.IsLeaving)
            {
                continue;
            }
            bool isEmpty =
                state.Run is not { IsOver: false } run
                || run is { Formation: null, Preparing: null }
                || (
                    run is { Phase: RunPhase.Running or RunPhase.Held, Preparing: null }
                    && !run.Has(node.Name)
                );
            if (isEmpty)
            {
                node.IsLeaving = false;
                state.Do(new CoordinatorEffect.LetLeave(node.Report.Seat.Address));
            }
        }
    }
}

/// <summary>What a command that is applied acts on.</summary>
internal sealed record CommandContext(CoordinatorState State, RunHalts Halts);
