using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
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
    /// <summary>In this process, which has the recordings under their paths.</summary>
    /// <param name="order">What to run.</param>
    /// <param name="goOn">Asked now and then; false stops it.</param>
    /// <returns>Null: it was stopped.</returns>
    public static PointOutcome? Run(PointOrder order, Func<bool> goOn) =>
        Run(order, new PointInputs(), goOn) switch
        {
            PointOutcome outcome => outcome,
            PointLacks => Failed(
                order,
                "a recording has changed since the sweep began; accepted: the same command again"
            ),
            _ => null,
        };

    /// <summary>On a node: see <see cref="PointWork"/>.</summary>
    /// <param name="order">What to run.</param>
    /// <param name="held">Recordings that were sent; the others are looked for under their paths.</param>
    /// <param name="goOn">Asked now and then; false stops it.</param>
    public static IPointAnswer? Run(PointOrder order, PointInputs held, Func<bool> goOn)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(goOn);
        string inputs = PointCode.InputsOf(order.Inputs);
        if (PointCode.HashOf(order.Scenario, order.Backend, inputs) != order.Hash)
        {
            return Failed(
                order,
                "another build of the program; accepted: the client's on all nodes"
            );
        }
        try
        {
            const string Name = "/point.conf";
            var files = ImmutableDictionary.CreateBuilder<string, ReadOnlyMemory<byte>>(
                StringComparer.Ordinal
            );
            files.Add(Name, Encoding.UTF8.GetBytes(order.Scenario));
            if (Lacking(order, held, files) is { Length: > 0 } lacking)
            {
                return new PointLacks(order.Hash, lacking);
            }
            Scenario scenario = ScenarioReader.Read(Name, [], new HeldFiles(files.ToImmutable()));
            if (
                !RecordingHashes
                    .PathsOf(scenario)
                    .SequenceEqual(order.Inputs.Select(input => input.Path), StringComparer.Ordinal)
            )
            {
                return Failed(order, "the scenario names other recordings than its order does");
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

    /// <summary>Recordings that are neither held nor on this machine's disk; those that are held are added.</summary>
    private static ImmutableArray<string> Lacking(
        PointOrder order,
        PointInputs held,
        ImmutableDictionary<string, ReadOnlyMemory<byte>>.Builder files
    )
    {
        HashSet<string> lacking = new(StringComparer.Ordinal);
        foreach (PointInput input in order.Inputs)
        {
            if (held.Find(input.Sha256) is { } content)
            {
                files[input.Path] = content;
            }
            else if (!IsOnDisk(input))
            {
                lacking.Add(input.Sha256);
            }
        }
        return [.. lacking];
    }

    private static bool IsOnDisk(PointInput input)
    {
        try
        {
            return FileDigest.Of(input.Path) == input.Sha256;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static PointOutcome Failed(PointOrder order, string why) =>
        new(order.Hash, Result: null, why);
}
