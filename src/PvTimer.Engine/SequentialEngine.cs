using System;
using PvTimer.Model.Events;

namespace PvTimer.Engine;

/// <summary>
/// The machine in one kernel: no actors, no threads. What every other way to run it is compared with.
/// </summary>
public static class SequentialEngine
{
    /// <param name="machine">Runs once: its entities keep the state that the run leaves behind.</param>
    /// <param name="options">The number of regions does not matter here.</param>
    /// <exception cref="RunFailedException">An entity threw, or an invariant does not hold.</exception>
    public static RunOutcome Run(IMachine machine, RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        Partition partition = Partition.IntoBlocks(machine, regions: 1);
        var kernel = new Kernel(machine, partition, region: 0);
        var region = new Region(
            kernel,
            partition,
            Lookahead.Of(machine, partition),
            machine.End,
            link: null,
            options.Continue
        );
        while (region.RunRound()) { }
        return region.Failure is null
            ? OutcomeOf(machine, partition, [kernel], region)
            : throw region.Failure;
    }

    /// <summary>What a run left behind in its kernels.</summary>
    /// <param name="machine">What was run.</param>
    /// <param name="partition">Which kernel ran which entity.</param>
    /// <param name="kernels">All kernels, in the order of their regions.</param>
    /// <param name="first">Region 0: it knows how far all of them came.</param>
    public static RunOutcome OutcomeOf(
        IMachine machine,
        Partition partition,
        ReadOnlySpan<Kernel> kernels,
        Region first
    )
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(first);
        ulong[] digests = new ulong[machine.Entities.Length];
        foreach (IEntity entity in machine.Entities)
        {
            Kernel kernel = kernels[partition.RegionOf(entity.Id)];
            digests[entity.Id.Index] = kernel.DigestOf(entity.Id);
        }
        long handled = 0;
        foreach (Kernel kernel in kernels)
        {
            handled += kernel.Handled;
        }
        return new RunOutcome(TraceHash.Of(digests), handled, first.Reached, first.Interrupted);
    }
}
