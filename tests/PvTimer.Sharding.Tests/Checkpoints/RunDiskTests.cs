using System;
using System.IO;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>When what is on disk is the end of a run, and when it is only where it goes on from.</summary>
public sealed class RunDiskTests : IDisposable
{
    private const long End = 10_000_000;

    private readonly StoredRun _run = new();
    private readonly ScenarioInputs _inputs = new(new HeldInputs());
    private readonly RunDisk _disk;

    public RunDiskTests() => _disk = new RunDisk(LocalFiles.Instance, _inputs);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Result_of_the_scenario_before_an_event_was_put_into_it_is_no_result()
    {
        KeepResult();
        Assert.True(Restored(_run.Spec).Last!.Done);
        Assert.False(Restored(WithEvent()).Last!.Done);
    }

    [Fact]
    public void Coordinator_that_takes_a_run_over_learns_that_another_one_has_ended_it()
    {
        KeepResult();
        var taken = Assert.IsType<DiskAnswer.TakenOver>(
            _disk.Do(new DiskRequest.TakeOver(_run.Spec, InputHash.Of(_run.Spec.ScenarioFile)))
        );
        Assert.Equal(End, taken.Result!.ReachedNanoseconds);
    }

    /// <summary>A copy of it may be on another node when commands have changed what lies before it.</summary>
    [Fact]
    public void Checkpoint_of_the_scenario_before_an_event_is_not_gone_on_from_where_directories_are_apart()
    {
        KeepResult();
        RunSpec withEvent = WithEvent();
        Assert.NotNull(Restored(withEvent).Last);
        RunDisk own = new(LocalFiles.Instance, _inputs) { Lane = 7 };
        Assert.Null(Restored(withEvent, own).Last);
        Assert.NotNull(Restored(_run.Spec, own).Last);
    }

    /// <summary>Its client knows of commands that were written down in the directory of another node.</summary>
    [Fact]
    public void Run_that_its_client_knows_more_of_goes_on_with_what_the_client_knows()
    {
        KeepResult(isDone: false);
        RunSpec told = WithEvent() with { Commands = 3 };
        var opened = Assert.IsType<DiskAnswer.Opened>(
            _disk.Do(new DiskRequest.Open(told, InputHash.Of(told.ScenarioFile)))
        );
        Assert.Equal((told.ScenarioFile, 3), (opened.Run.ScenarioFile, opened.Run.Commands));
    }

    private RunSpec WithEvent()
    {
        File.WriteAllText(_run["scenario-2-0.conf"], StoredRun.Scenario("first-with-an-event"));
        return _run.Spec with { ScenarioFile = _run["scenario-2-0.conf"] };
    }

    private void KeepResult(bool isDone = true)
    {
        MachineFacts machine = _inputs.Read(_run.Spec);
        CheckpointPart part = _run.Part(
            1,
            9,
            "node-1",
            [.. machine.Cells.Select(cell => cell.Name)]
        );
        _run.Store.Commit(_run.Manifest(1, 9, End, [part]) with { Done = isDone });
    }

    private DiskAnswer.RestorePrepared Restored(RunSpec run, RunDisk? disk = null) =>
        Assert.IsType<DiskAnswer.RestorePrepared>(
            (disk ?? _disk).Do(
                new DiskRequest.PrepareRestore(run, [], _inputs.Read(run), long.MaxValue, Epoch: 1)
            )
        );
}
