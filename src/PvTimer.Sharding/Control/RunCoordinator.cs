using System;
using System.Collections.Immutable;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Commands;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Control;

/// <summary>
/// The coordinator of a cluster as a function: one run at a time. It decides where cells live, lets the nodes
/// form, keeps checkpoints, and after any change of the membership has them form again. Whatever happens to it
/// goes into <see cref="Step"/>, with the time at which it happens; what it wants done comes out.
/// </summary>
/// <remarks>
/// <code>
///            Submit            all Formed             all Halted(Done)
///   idle ------------> forming -----------> running --------------------> done
///                       ^   ^                | |
///     lost node: last   |   |  all Paused    | | move, join, leave, command
///     checkpoint        +---|----------------+ |
///                           +---- pausing &lt;----+
/// </code>
/// Whatever happens is a new formation: a greater epoch, seats anew, state from the beginning, from the
/// last barrier, or from a checkpoint. What belongs to an older epoch is ignored by all. The coordinator's own
/// death is no exception: its successor asks the nodes what they were told last.
/// <para>
/// It has no Akka, no disk, no clock and no chance of its own: an actor carries its effects out, and so does a
/// simulation, which has it live through thousands of faults in a second.
/// </para>
/// </remarks>
internal sealed class RunCoordinator
{
    private readonly CoordinatorState _state = new();
    private readonly RunEnding _ending;
    private readonly Formations _formations;
    private readonly Succession _succession;
    private readonly CheckpointKeeper _checkpoints;
    private readonly RunKeeper _keeper;
    private readonly CommandDesk _commands;
    private readonly LookDesk _looks;
    private readonly StatusBoard _board;
    private readonly InputDesk _inputs;
    private readonly PartDesk _parts;
    private readonly SilenceWatch _silence;
    private readonly Recollection _recollection;

    public RunCoordinator()
    {
        _ending = new RunEnding(_state);
        _formations = new Formations(_state, _ending);
        _silence = new SilenceWatch(_state);
        _inputs = new InputDesk(_state, _ending);
        _succession = new Succession(_state, _ending, _inputs);
        _recollection = new Recollection(_state, _ending);
        _parts = new PartDesk(_state);
        _checkpoints = new CheckpointKeeper(_state, _parts);
        RunHalts halts = new(_state, _formations, _checkpoints, _parts, _ending);
        Learners learners = new(_state);
        _keeper = new RunKeeper(_state, _formations, _checkpoints, halts, learners);
        _looks = new LookDesk(_state);
        _board = new StatusBoard(_state);
        _commands = new CommandDesk(_state, halts, _board, learners);
    }

    /// <summary>The run; null: there has been none.</summary>
    public ActiveRun? Run => _state.Run;

    /// <summary>Takes what happens, and says what is to be done.</summary>
    /// <param name="now">When it happens: never before the step before.</param>
    /// <param name="happening">What.</param>
    /// <returns>In the order in which it is to be done.</returns>
    public ImmutableArray<CoordinatorEffect> Step(Moment now, CoordinatorEvent happening)
    {
        _state.Now = now;
        switch (happening)
        {
            case CoordinatorEvent.Heard heard:
                OnHeard(heard.Message, heard.Asker);
                break;
            case CoordinatorEvent.ClusterChanged changed:
                _state.Cluster = changed.View;
                break;
            case CoordinatorEvent.MemberGone gone:
                OnGone(gone);
                break;
            case CoordinatorEvent.DiskAnswered answered:
                _state.TakeAnswer(answered);
                break;
            default:
                _state.IsAttentionDue = true;
                break;
        }
        if (_state.IsAttentionDue)
        {
            _state.IsAttentionDue = false;
            Attend();
        }
        return _state.TakeEffects();
    }

    private void OnHeard(IWireMessage message, long asker)
    {
        switch (message)
        {
            case NodeReport report:
                OnReport(report);
                break;
            case Recalled recalled:
                _succession.OnRecalled(recalled);
                break;
            case RunRecalled recalled:
                _recollection.OnRecalled(recalled);
                break;
            case Formed formed:
                _keeper.OnFormed(formed);
                break;
            case FormingFailed failed:
                _keeper.OnFormingFailed(failed);
                break;
            case Halted halted:
                _keeper.OnHalted(halted);
                break;
            case AskInputs or InputParcel or AskPart or PartParcel or CopyKept:
                OnDelivery(message, asker);
                break;
            case CheckpointWritten written:
                _checkpoints.OnWritten(written);
                break;
            case CheckpointFailed failed:
                _checkpoints.OnFailed(failed);
                break;
            case LookTaken taken:
                _looks.OnTaken(taken);
                break;
            case Submit submit:
                OnSubmit(submit, asker);
                break;
            case AskLook ask:
                _looks.OnAsk(asker, ask);
                break;
            case AskRun ask:
                _state.Do(new CoordinatorEffect.Answer(asker, _board.OfRun(ask.Id)));
                break;
            case AskCluster:
                _state.Do(new CoordinatorEffect.Answer(asker, _board.OfCluster()));
                break;
            case ClusterCommand command:
                _commands.Take(command, asker);
                break;
            case CheckCommand check:
                _commands.Check(check.Command, asker);
                break;
            default:
                break;
        }
    }

    /// <summary>What runs are made from, and parts of checkpoints, on their way from one node to another.</summary>
    private void OnDelivery(IWireMessage message, long asker)
    {
        switch (message)
        {
            case AskInputs { Node: "" } ask:
                _inputs.OnClientAsks(ask, asker);
                break;
            case AskInputs ask:
                _inputs.OnAsk(ask, _keeper.OnFailing);
                break;
            case InputParcel parcel:
                _inputs.OnParcel(parcel);
                if (parcel.Run is { } id)
                {
                    _state.Do(new CoordinatorEffect.Answer(asker, _board.OfRun(id)));
                }
                break;
            case AskPart ask:
                _parts.OnAsk(ask, asker, _keeper.OnFailing);
                break;
            case PartParcel parcel:
                _parts.OnParcel(parcel);
                break;
            case CopyKept kept:
                _parts.OnKept(kept);
                break;
            default:
                break;
        }
    }

    private void OnReport(NodeReport report)
    {
        if (!_state.Cluster.IsAlive(report.Seat.Address))
        {
            // It was declared dead and has not heard of it, or has the name of one that has come since.
            return;
        }
        if (
            _state.Nodes.Find(report.Seat.Name) is { } known
            && known.Report.Seat.Address != report.Seat.Address
            && _state.Cluster.IsAlive(known.Report.Seat.Address)
        )
        {
            RefuseName(report.Seat, known);
            return;
        }
        _state.Nodes.Note(report, _state.Elapsed);
        _state.Epoch = Math.Max(_state.Epoch, report.Epoch);
        _looks.NoteTaken(report.Look);
    }

    /// <summary>
    /// Two nodes of one name: the second one goes. One that only comes back is told nothing, and is taken as soon as
    /// its former self has been declared dead.
    /// </summary>
    private void RefuseName(ClusterSeat second, KnownNode first)
    {
        string address = first.Report.Seat.Address;
        bool isHeard =
            _state.Cluster.Find(address) is { IsReachable: true }
            && _state.SilenceOf(first) < CoordinatorState.RepeatInterval;
        if (isHeard)
        {
            _state.Tell(
                second,
                new JoinRefused(
                    $"there is a {first.Name} at {ClusterDoor.EndpointOf(address)}; accepted: another name"
                )
            );
        }
    }

    private void OnGone(CoordinatorEvent.MemberGone gone)
    {
        if (gone.IsSelf)
        {
            _state.IsDeposed = true;
        }
        else
        {
            _state.Nodes.Remove(gone.Address);
            _state.IsAttentionDue = true;
        }
    }

    /// <summary>Is everything as it should be?</summary>
    private void Attend()
    {
        _looks.Attend();
        if (_state.HasNoSay)
        {
            return;
        }
        _state.DoWhatIsDue();
        _silence.Attend();
        if (!_state.IsInformed)
        {
            _succession.RecallIfAllReported();
            return;
        }
        if (_state.IsUndecided)
        {
            return;
        }
        _recollection.Attend();
        _commands.LetGo();
        _commands.Attend();
        _parts.Attend();
        if (_state.Run is { IsOver: false } run)
        {
            if (run is { IsTakenOver: true, Machine: not null })
            {
                _succession.TakeBack(run);
            }
            _inputs.Attend(run);
            _keeper.Attend(run);
        }
    }

    private void OnSubmit(Submit submit, long asker)
    {
        RunSpec spec = submit.Run;
        if (
            _state.IsInformed
            && (_state.Run is null or { IsOver: true })
            && _state.Run?.Spec.Id != spec.Id
        )
        {
            ActiveRun run = new(spec, _state.Elapsed);
            _state.Run = run;
            _recollection.Begin(run, submit.KnownCommands, () => OpenLatest(run, submit));
        }
        _state.Do(new CoordinatorEffect.Answer(asker, _board.OfRun(spec.Id)));
    }

    /// <summary>It may have ended with commands in it that its client has not heard of.</summary>
    private void OpenLatest(ActiveRun run, Submit submit)
    {
        run.Wishes = new RunWishes { HoldAtNanoseconds = submit.HoldAtNanoseconds };
        if (
            _state.Ended is { } ended
            && ended.Run.IsSameRun(run.Spec)
            && ended.Run.Commands > run.Spec.Commands
        )
        {
            run.Spec = ended.Run with { Id = run.Spec.Id, Nodes = run.Spec.Nodes };
            Open(run, ended.InputSha256);
        }
        else
        {
            Open(run, submit.InputSha256);
        }
    }

    /// <summary>A run that comes back after its end (its coordinator died with the news) is not run twice.</summary>
    private void Open(ActiveRun run, string inputs) =>
        _state.AskDisk(
            new DiskRequest.Open(run.Spec, inputs),
            answer =>
            {
                if (run.IsOver)
                {
                    return;
                }
                if (answer is DiskAnswer.Opened opened)
                {
                    OnOpened(run, opened);
                }
                else if (answer is DiskAnswer.InputsLacking)
                {
                    _inputs.Want(run, inputs, () => Open(run, inputs));
                }
                else if (_ending.MayAskAgain(run, (DiskAnswer.Failed)answer))
                {
                    _state.After(CoordinatorState.RepeatInterval, () => Open(run, inputs));
                }
                else
                {
                    _ending.Break(run, ((DiskAnswer.Failed)answer).What);
                }
            }
        );

    private void OnOpened(ActiveRun run, DiskAnswer.Opened opened)
    {
        run.DiskFailures = 0;
        (run.Machine, run.Writer, run.Lacking) = (opened.Machine, opened.Writer, null);
        if (opened.Result is { } result)
        {
            run.History.Inherit(result.History);
            _ending.TakeResult(run, result);
        }
        else
        {
            // What was accepted before comes before what is accepted from now on.
            run.Spec = opened.Run;
            run.LastCommand = opened.Run.Commands;
            TakenUp.All(_state, run, opened.Contained, opened.Since, isSuccessor: false);
            if (run.Wishes.Stop)
            {
                _state.Enter(run, RunPhase.Stopped);
            }
        }
        _state.IsAttentionDue = true;
    }
}
