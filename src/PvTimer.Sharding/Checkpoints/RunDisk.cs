using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>What the coordinator has done on disk: each request is done to its end before the next one.</summary>
/// <param name="files">The disk.</param>
/// <param name="inputs">What runs are made from.</param>
internal sealed class RunDisk(IRunFiles files, IRunInputs inputs)
{
    /// <summary>EMFILE of errno(3): exceptions say on Linux what the kernel has said.</summary>
    public const int NoDescriptors = 24;

    private readonly KnownManifests _manifests = new();
    private CommandJournal? _journal;

    /// <summary>What is sent to others, and was sent by them.</summary>
    public SentFiles Sent { get; init; } = new(inputs);

    /// <summary>See <see cref="CheckpointStore.ClaimEpoch"/>.</summary>
    public long? Lane { get; init; }

    /// <summary>Does it; what goes wrong is an answer, too.</summary>
    public DiskAnswer Do(DiskRequest request)
    {
        try
        {
            if (
                request
                is not (
                    DiskRequest.Open
                    or DiskRequest.TakeOver
                    or DiskRequest.WriteCommand
                    or DiskRequest.CheckEvent
                    or DiskRequest.ReadInputs
                    or DiskRequest.TakeInputs
                    or DiskRequest.ReadPart
                    or DiskRequest.TakePart
                )
            )
            {
                RequireWriter(request);
            }
            return request switch
            {
                DiskRequest.Open open => Open(open),
                DiskRequest.TakeOver take => TakeOver(take),
                DiskRequest.WriteCommand write => WriteCommand(write),
                DiskRequest.CheckEvent check => CheckEvent(check),
                DiskRequest.PrepareBarrier prepare => PrepareBarrier(prepare),
                DiskRequest.PrepareRestore prepare => PrepareRestore(prepare),
                DiskRequest.Commit commit => Commit(commit),
                DiskRequest.ReadInputs or DiskRequest.TakeInputs => Sent.Do(request),
                DiskRequest.ReadPart read => Sent.Do(read, StoreOf(read.Run)),
                DiskRequest.TakePart take => SentFiles.Do(take, StoreOf(take.Run)),
                _ => throw new InvalidOperationException($"no way to do {request}"),
            };
        }
        catch (DeposedException e)
        {
            return new DiskAnswer.Failed(e.Message, IsLasting: false, IsDeposed: true);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new DiskAnswer.Failed(e.Message, IsLasting: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DiskAnswer.Failed(
                e.Message,
                IsLasting: false,
                IsOfProcess: e.HResult is NoDescriptors
            );
        }
        catch (Exception e)
            when (e is ScenarioException or CheckpointDamagedException or InvalidDataException)
        {
            return new DiskAnswer.Failed(e.Message, IsLasting: true);
        }
    }

    private DiskAnswer Open(DiskRequest.Open open)
    {
        RunSpec run = open.Run;
        if (!inputs.Has(run.ScenarioFile, open.InputSha256))
        {
            return DiskAnswer.InputsLacking.Instance;
        }
        MachineFacts machine = inputs.Read(run);
        if (LastOf(run, machine) is { Done: true } result)
        {
            return new DiskAnswer.Opened(run, machine, result, [], [], Writer: 0);
        }
        // First, so that what is read then is all there will be of the coordinator before.
        CommandJournal journal = JournalOf(run);
        long writer = journal.TakeOver(run.Commands);
        CheckpointManifest? last = LastOf(run, machine);
        // The client may know of commands that were written down in the directory of another node.
        bool isLatest = last?.Run.Commands >= run.Commands;
        if (isLatest && last!.Run.ScenarioName != run.ScenarioName)
        {
            // Commands had changed the scenario when it was run before. The directory may have been moved since.
            run = run with
            {
                ScenarioFile = Path.Combine(run.Directory, last.Run.ScenarioName),
            };
            machine = inputs.Read(run);
        }
        run = run with { Commands = isLatest ? last!.Run.Commands : run.Commands };
        return new DiskAnswer.Opened(
            run,
            machine,
            last is { Done: true } ? last : null,
            journal.UpTo(run.Commands, run.Id),
            journal.After(run.Commands),
            writer
        );
    }

    private CheckpointManifest? LastOf(RunSpec run, MachineFacts machine) =>
        StoreOf(run).FindLast(run, machine.Cells.Select(cell => cell.Name), out _);

    private DiskAnswer TakeOver(DiskRequest.TakeOver take)
    {
        RunSpec run = take.Run;
        if (!inputs.Has(run.ScenarioFile, take.InputSha256))
        {
            return DiskAnswer.InputsLacking.Instance;
        }
        MachineFacts machine = inputs.Read(run);
        // First, so that what is read then is all there will be of the coordinator before.
        CommandJournal journal = JournalOf(run);
        long writer = journal.TakeOver(run.Commands);
        return
            LastOf(run, machine) is { Done: true } result
            && (result.Run.Commands >= run.Commands || result.Run.ScenarioName == run.ScenarioName)
            ? new DiskAnswer.TakenOver(machine, [], [], writer, result)
            : new DiskAnswer.TakenOver(
                machine,
                journal.UpTo(run.Commands, run.Id),
                journal.After(run.Commands),
                writer
            );
    }

    private void RequireWriter(DiskRequest request)
    {
        RunSpec run = request switch
        {
            DiskRequest.PrepareBarrier prepare => prepare.Run,
            DiskRequest.PrepareRestore prepare => prepare.Run,
            DiskRequest.Commit commit => commit.Manifest.Run,
            _ => throw new InvalidOperationException($"no run in {request}"),
        };
        JournalOf(run).RequireWriter(request.Writer);
    }

    private static DiskAnswer.Failed OtherInputs(RunSpec run) =>
        new(
            $"{run.ScenarioFile} or a recording in it is not what was run; accepted: as they were when it began",
            IsLasting: true
        );

    private DiskAnswer.EventPossible CheckEvent(DiskRequest.CheckEvent check)
    {
        inputs.WithEvent(check.Run, check.Command, check.EarliestNanoseconds);
        return DiskAnswer.EventPossible.Instance;
    }

    private DiskAnswer WriteCommand(DiskRequest.WriteCommand write)
    {
        try
        {
            if (write.Command.Verb == ClusterVerb.Inject)
            {
                inputs.WithEvent(write.Run, write.Command, write.EarliestNanoseconds);
            }
            return new DiskAnswer.Written(
                JournalOf(write.Run)
                    .Append(write.Command, write.Writer, write.EarliestNanoseconds, write.Run.Id)
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DiskAnswer.Failed(
                $"{e.Message}; accepted: a run directory in which commands can be written down",
                IsLasting: false
            );
        }
    }

    private DiskAnswer.BarrierPrepared PrepareBarrier(DiskRequest.PrepareBarrier prepare)
    {
        CheckpointStore store = StoreOf(prepare.Run);
        long epoch = store.ClaimEpoch(prepare.Epoch, Lane);
        if (prepare.Events.IsEmpty)
        {
            return new DiskAnswer.BarrierPrepared(epoch, prepare.Run, null, [], []);
        }
        Amendment amended = Amend(prepare.Run, prepare.Events, prepare.ReachedNanoseconds, epoch);
        return new DiskAnswer.BarrierPrepared(
            epoch,
            amended.Run,
            inputs.Read(amended.Run),
            amended.Done,
            amended.Impossible
        );
    }

    private sealed record Amendment(
        RunSpec Run,
        ImmutableArray<string> Done,
        ImmutableArray<string> Impossible
    );

    /// <summary>What was commanded becomes part of the scenario.</summary>
    /// <param name="run">With the scenario so far.</param>
    /// <param name="events">In order.</param>
    /// <param name="reached">They happen then or later, however early they were accepted [ns].</param>
    /// <param name="epoch">Of the formation that has them first.</param>
    private Amendment Amend(
        RunSpec run,
        ImmutableArray<AcceptedCommand> events,
        long reached,
        long epoch
    )
    {
        List<string> done = [];
        List<string> impossible = [];
        long earliest = long.MaxValue;
        foreach (AcceptedCommand commanded in events)
        {
            string happening = commanded.Command.Subject;
            long from = Math.Max(reached, commanded.EarliestNanoseconds);
            try
            {
                string amended = inputs.WithEvent(run, commanded.Command, from);
                KeepScenario(run);
                string file = Path.Combine(
                    run.Directory,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"scenario-{epoch}-{done.Count}.conf"
                    )
                );
                byte[] content = Encoding.UTF8.GetBytes(amended);
                Write(file, content);
                inputs.Note(file, content);
                run = run with { ScenarioFile = file };
                done.Add(happening);
                earliest = Math.Min(earliest, from);
            }
            catch (ScenarioException e)
            {
                // What was possible when it was commanded is not any more.
                impossible.Add($"{happening}: {e.Message}");
            }
        }
        if (done.Count > 0)
        {
            // After a journey back in time some lie ahead: of a run without these events.
            StoreOf(run).ForgetBehind(run, earliest);
        }
        return new Amendment(run, [.. done], [.. impossible]);
    }

    /// <summary>The checkpoints so far name the scenario as it is: it has to stay beside them.</summary>
    private void KeepScenario(RunSpec run)
    {
        string beside = Path.Combine(run.Directory, run.ScenarioName);
        if (!files.Exists(beside))
        {
            Write(beside, inputs.ContentOf(run.ScenarioFile).Span);
        }
    }

    private DiskAnswer PrepareRestore(DiskRequest.PrepareRestore prepare)
    {
        RunSpec run = prepare.Run;
        MachineFacts machine = prepare.Machine;
        if (!inputs.Has(run.ScenarioFile, machine.InputSha256))
        {
            return OtherInputs(run);
        }
        CheckpointStore store = StoreOf(run);
        CheckpointManifest? last = store.FindLast(
            run,
            machine.Cells.Select(cell => cell.Name),
            prepare
                .Events.Select(each => each.EarliestNanoseconds)
                .Append(prepare.LatestNanoseconds)
                .Min(),
            // A copy that another node had made is not forgotten when commands change what lies before it.
            ofScenario: Lane is null ? null : run.ScenarioName,
            out ImmutableArray<string> damaged
        );
        if (last is { Done: true })
        {
            if (prepare.Events.IsEmpty && last.Run.ScenarioName == run.ScenarioName)
            {
                return new DiskAnswer.RestorePrepared(last.Epoch, run, null, last, damaged, [], []);
            }
            // It is the end of the run without events that have been commanded since.
            last = last with
            {
                Done = false,
            };
        }
        long epoch = store.ClaimEpoch(Math.Max(prepare.Epoch, last?.Epoch ?? 0), Lane);
        if (prepare.Events.IsEmpty)
        {
            return new DiskAnswer.RestorePrepared(epoch, run, null, last, damaged, [], []);
        }
        Amendment amended = Amend(run, prepare.Events, reached: 0, epoch);
        return new DiskAnswer.RestorePrepared(
            epoch,
            amended.Run,
            inputs.Read(amended.Run),
            last,
            damaged,
            amended.Done,
            amended.Impossible
        );
    }

    /// <summary>
    /// Makes it a checkpoint. The last one of a run is read back: when the run is said to be over, nothing is left to
    /// compute it again from.
    /// </summary>
    private DiskAnswer Commit(DiskRequest.Commit commit)
    {
        CheckpointStore store = StoreOf(commit.Manifest.Run);
        if (store.LackingOf(commit.Manifest.Parts) is { IsEmpty: false } lacking)
        {
            return new DiskAnswer.PartsLacking(lacking);
        }
        store.Commit(commit.Manifest);
        return commit.Cells is { } cells && store.FlawOf(commit.Manifest, cells) is { } flaw
            ? new DiskAnswer.Failed(flaw, IsLasting: false, IsDamage: true)
            : DiskAnswer.Committed.Instance;
    }

    /// <summary>A scenario is there whole, or not at all: a checkpoint may name it.</summary>
    private void Write(string path, ReadOnlySpan<byte> content) =>
        files.WriteWhole(path, $"{path}.partial", content);

    private CheckpointStore StoreOf(RunSpec run) => new(run.Directory, files, inputs, _manifests);

    /// <summary>The same one as before, if it is that of the run: it has read most of its lines.</summary>
    private CommandJournal JournalOf(RunSpec run) =>
        _journal?.IsOf(run) == true ? _journal : _journal = new CommandJournal(run, files);
}
