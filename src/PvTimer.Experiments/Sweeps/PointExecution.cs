using System;
using System.Collections.Immutable;
using System.IO;
using System.Text;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>Runs one point, wherever it is: in this process or on a node of a cluster.</summary>
public static class PointExecution
{
    /// <param name="order">What to run.</param>
    /// <param name="goOn">Asked now and then; false stops it.</param>
    /// <returns>Null: it was stopped.</returns>
    public static PointOutcome? Run(PointOrder order, Func<bool> goOn)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(goOn);
        if (PointCode.HashOf(order.Scenario, order.Backend, order.InputSha256) != order.Hash)
        {
            return Failed(
                order,
                "another build of the program; accepted: the client's on all nodes"
            );
        }
        try
        {
            Scenario scenario = Read(order.Scenario);
            if (new RecordingHashes().Of(scenario) != order.InputSha256)
            {
                return Failed(order, "a recording is another one here; accepted: the client's");
            }
            TimerBackend backend = ScenarioReader.BackendOf(scenario, order.Backend);
            EmulatedMachine machine = EmulatedMachine.Build(
                MachineDescriptionBuilder.Build(scenario, backend)
            );
            RunOutcome outcome = SequentialEngine.Run(machine, new RunOptions(1, _ => goOn()));
            return outcome.Interrupted
                ? null
                : new PointOutcome(
                    order.Hash,
                    PointResult
                        .Of(
                            order.Hash,
                            scenario,
                            BackendResult.Of(scenario, backend, machine, outcome, TimeSpan.Zero)
                        )
                        .Write(),
                    Failure: null
                );
        }
        catch (Exception e)
            when (e
                    is RunFailedException
                        or ScenarioException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            return Failed(order, e.Message.ReplaceLineEndings(" "));
        }
    }

    private static Scenario Read(string text)
    {
        const string Name = "/point.conf";
        HeldFiles held = new(
            ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty.Add(
                Name,
                Encoding.UTF8.GetBytes(text)
            )
        );
        return ScenarioReader.Read(Name, [], held);
    }

    private static PointOutcome Failed(PointOrder order, string why) =>
        new(order.Hash, Result: null, why);
}
