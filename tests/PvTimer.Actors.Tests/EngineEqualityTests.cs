using CsCheck;
using PvTimer.Engine;
using PvTimer.Engine.Tests.Machines;

namespace PvTimer.Actors.Tests;

public class EngineEqualityTests
{
    private static readonly Gen<RandomMachine.Shape> Shapes = Gen.Select(
        Gen.ULong,
        Gen.Int[1, 4],
        Gen.Int[1, 3],
        Gen.Int[1, 3],
        Gen.Int[0, 4],
        (seed, hosts, units, entities, tokens) =>
            new RandomMachine.Shape(seed, hosts, units, entities, tokens, Duration: 20_000)
    );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Actors_and_sequential_engine_give_one_outcome_for_any_machine(int regions) =>
        Shapes.Sample(
            shape =>
            {
                RunOutcome expected = SequentialEngine.Run(new RandomMachine(shape), new());
                RunOutcome actual = ActorEngine.Run(new RandomMachine(shape), new(regions));
                Assert.Equal(expected, actual);
            },
            iter: 12,
            threads: 1
        );

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Failure_is_the_same_in_every_engine(int regions) =>
        Shapes.Sample(
            shape =>
            {
                RandomMachine.Shape failing = shape with { FailAfter = 9 };
                Assert.Equal(
                    MessageOf(() => SequentialEngine.Run(new RandomMachine(failing), new())),
                    MessageOf(() => ActorEngine.Run(new RandomMachine(failing), new(regions)))
                );
            },
            iter: 12,
            threads: 1
        );

    private static string MessageOf(System.Action run) =>
        Record.Exception(run) is RunFailedException failure ? failure.Message : "it did not fail";
}
