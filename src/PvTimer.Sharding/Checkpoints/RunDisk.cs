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
    /// <summary>Does it; what goes wrong is an answer, too.</summary>
    public DiskAnswer Do(DiskRequest request)
    {
        try
        {
            return request switch
            {
                DiskRequest.Open open => Open(open.Run),
                DiskRequest.TakeOver take => TakeOver(take.Form),
                DiskRequest.WriteCommand write => WriteCommand(write),
                DiskRequest.PrepareBarrier prepare => PrepareBarrier(prepare),
                DiskRequest.PrepareRestore prepare => PrepareRestore(prepare),
                DiskRequest.Commit commit => Commit(commit.Manifest),
                _ => throw new InvalidOperationException($"no way to do {request}"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DiskAnswer.Failed(e.Message, IsLasting: false);
        }
        catch (Exception e) when (e is ScenarioException or CheckpointDamagedException)
        {
            return new DiskAnswer.Failed(e.Message, IsLasting: true);
        }
    }

    private DiskAnswer.Opened Open(RunSpec run)
    {
        MachineFacts machine = inputs.Read(run);
        CheckpointManifest? last = StoreOf(run)
            .FindLast(run, machine.Cells.Select(cell => cell.Name), out _);
        return new DiskAnswer.Opened(machine, last is { Done: true } ? last : null);
    }

    private DiskAnswer TakeOver(Form form)
    {
        MachineFacts machine = inputs.Read(form.Run);
        return machine.InputSha256 == form.InputSha256
            ? new DiskAnswer.TakenOver(machine, JournalOf(form.Run).After(form.Run.Commands))
            : OtherInputs(form.Run);
    }

    private static DiskAnswer.Failed OtherInputs(RunSpec run) =>
        new(
            $"{run.ScenarioFile} or a recording in it is not what was run; accepted: as they were when it began",
            IsLasting: true
        );

    private DiskAnswer WriteCommand(DiskRequest.WriteCommand write)
    {
        try
        {
            if (write.Command.Verb == ClusterVerb.Inject)
            {
                inputs.WithEvent(write.Run, write.Command, write.EarliestNanoseconds);
            }
            return new DiskAnswer.Written(JournalOf(write.Run).Append(write.Command));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DiskAnswer.Failed(
                $"{e.Message}; accepted: a run directory in which commands can be written down",
                IsLasting: false
            );
        }
    }

    /// <summary>What was commanded becomes part of the scenario, from the barrier on.</summary>
    private DiskAnswer.BarrierPrepared PrepareBarrier(DiskRequest.PrepareBarrier prepare)
    {
        RunSpec run = prepare.Run;
        CheckpointStore store = StoreOf(run);
        long epoch = store.ClaimEpoch(prepare.Epoch);
        if (prepare.Events.IsEmpty)
        {
            return new DiskAnswer.BarrierPrepared(epoch, run, null, [], []);
        }
        List<string> done = [];
        List<string> impossible = [];
        foreach (AcceptedCommand commanded in prepare.Events)
        {
            string happening = commanded.Command.Subject;
            try
            {
                string amended = inputs.WithEvent(
                    run,
                    commanded.Command,
                    prepare.ReachedNanoseconds
                );
                KeepScenario(run);
                string file = Path.Combine(
                    run.Directory,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"scenario-{epoch}-{done.Count}.conf"
                    )
                );
                Write(file, Encoding.UTF8.GetBytes(amended));
                run = run with { ScenarioFile = file };
                done.Add(happening);
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
            store.ForgetBehind(run, prepare.ReachedNanoseconds);
        }
        return new DiskAnswer.BarrierPrepared(
            epoch,
            run,
            inputs.Read(run),
            [.. done],
            [.. impossible]
        );
    }

    /// <summary>The checkpoints so far name the scenario as it is: it has to stay beside them.</summary>
    private void KeepScenario(RunSpec run)
    {
        string beside = Path.Combine(run.Directory, run.ScenarioName);
        if (!files.Exists(beside))
        {
            Write(beside, files.Read(run.ScenarioFile));
        }
    }

    private DiskAnswer PrepareRestore(DiskRequest.PrepareRestore prepare)
    {
        RunSpec run = prepare.Run;
        MachineFacts machine = prepare.Machine;
        if (inputs.HashOf(run.ScenarioFile) != machine.InputSha256)
        {
            return OtherInputs(run);
        }
        CheckpointStore store = StoreOf(run);
        CheckpointManifest? last = store.FindLast(
            run,
            machine.Cells.Select(cell => cell.Name),
            prepare.LatestNanoseconds,
            out ImmutableArray<string> damaged
        );
        MachineFacts? other = null;
        if (
            last is not null
            && !prepare.IsScenarioKnown
            && last.Run.ScenarioName != run.ScenarioName
        )
        {
            // Commands had changed the scenario when it was run before. The directory may have been moved since.
            run = run with
            {
                ScenarioFile = Path.Combine(run.Directory, last.Run.ScenarioName),
            };
            other = inputs.Read(run);
        }
        ImmutableArray<AcceptedCommand> since = [];
        if (!prepare.AreCommandsKnown)
        {
            run = run with { Commands = last?.Run.Commands ?? 0 };
            since = JournalOf(run).After(run.Commands);
        }
        long epoch = store.ClaimEpoch(Math.Max(prepare.Epoch, last?.Epoch ?? 0));
        return new DiskAnswer.RestorePrepared(epoch, run, other, last, damaged, since);
    }

    private DiskAnswer.Committed Commit(CheckpointManifest manifest)
    {
        StoreOf(manifest.Run).Commit(manifest);
        return DiskAnswer.Committed.Instance;
    }

    /// <summary>A scenario is there whole, or not at all: a checkpoint may name it.</summary>
    private void Write(string path, byte[] content) =>
        files.WriteWhole(path, $"{path}.partial", content);

    private CheckpointStore StoreOf(RunSpec run) => new(run.Directory, files, inputs);

    private CommandJournal JournalOf(RunSpec run) => new(run, files);
}
