using PvTimer.Engine;
using PvTimer.Engine.Tests.Machines;

namespace PvTimer.Actors.Tests;

public class InterruptionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Interrupted_run_is_the_run_to_that_instant(int regions)
    {
        var shape = new RandomMachine.Shape(Seed: 5, Duration: 1_000_000_000);
        int questions = 0;
        RunOutcome stopped = ActorEngine.Run(
            new RandomMachine(shape),
            new RunOptions(regions, _ => ++questions < 3)
        );
        RunOutcome whole = SequentialEngine.Run(
            new RandomMachine(shape with { Duration = stopped.Reached.Nanoseconds }),
            new RunOptions()
        );
        Assert.Equal(3, questions);
        Assert.Equal(whole with { Interrupted = true }, stopped);
    }
}
