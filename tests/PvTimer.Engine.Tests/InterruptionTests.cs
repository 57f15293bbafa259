using System.Collections.Generic;
using CsCheck;
using PvTimer.Engine.Tests.Machines;

namespace PvTimer.Engine.Tests;

public class InterruptionTests
{
    private static readonly RandomMachine.Shape Long = new(Seed: 3, Duration: 2_000_000);

    [Fact]
    public void Run_that_is_told_to_stop_stops_where_it_was_told()
    {
        var heard = new List<RunProgress>();
        RunOutcome outcome = SequentialEngine.Run(
            new RandomMachine(Long),
            new RunOptions(Continue: progress =>
            {
                heard.Add(progress);
                return heard.Count < 3;
            })
        );
        Assert.True(outcome.Interrupted);
        Assert.Equal(3, heard.Count);
        Assert.Equal(heard[^1], new RunProgress(outcome.Reached, outcome.Events));
    }

    [Fact]
    public void Interrupted_run_is_the_run_to_that_instant() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 4])
            .Sample(
                (seed, questions) =>
                {
                    RandomMachine.Shape shape = Long with { Seed = seed };
                    int left = questions;
                    RunOutcome stopped = SequentialEngine.Run(
                        new RandomMachine(shape),
                        new RunOptions(Continue: _ => --left > 0)
                    );
                    RunOutcome whole = SequentialEngine.Run(
                        new RandomMachine(shape with { Duration = stopped.Reached.Nanoseconds }),
                        new RunOptions()
                    );
                    Assert.Equal(whole with { Interrupted = true }, stopped);
                },
                iter: 10
            );

    [Fact]
    public void Progress_is_reported_every_few_thousand_events_and_at_the_end()
    {
        var heard = new List<RunProgress>();
        RunOutcome outcome = SequentialEngine.Run(
            new RandomMachine(Long),
            new RunOptions(Continue: progress =>
            {
                heard.Add(progress);
                return true;
            })
        );
        Assert.False(outcome.Interrupted);
        Assert.InRange(heard.Count, outcome.Events / 10_000, outcome.Events / 1_000);
        Assert.Equal(new RunProgress(outcome.Reached, outcome.Events), heard[^1]);
    }
}
