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
        File.WriteAllText(_run["scenario-2-0.conf"], StoredRun.Scenario("first-with-an-event"));
        RunSpec withEvent = _run.Spec with { ScenarioFile = _run["scenario-2-0.conf"] };
        Assert.False(Restored(withEvent).Last!.Done);
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

    private void KeepResult()
    {
        MachineFacts machine = _inputs.Read(_run.Spec);
        CheckpointPart part = _run.Part(
            1,
            9,
            "node-1",
            [.. machine.Cells.Select(cell => cell.Name)]
        );
        _run.Store.Commit(_run.Manifest(1, 9, End, [part]) with { Done = true });
    }

    private DiskAnswer.RestorePrepared Restored(RunSpec run) =>
        Assert.IsType<DiskAnswer.RestorePrepared>(
            _disk.Do(
                new DiskRequest.PrepareRestore(run, [], _inputs.Read(run), long.MaxValue, Epoch: 1)
            )
        );
}
