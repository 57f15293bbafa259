using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// The machine in one kernel: no actors, no threads. What every other way to run it is compared with.
/// </summary>
public static class SequentialEngine
{
    /// <param name="machine">Runs once: its entities keep the state that the run leaves behind.</param>
    /// <param name="options">The number of regions does not matter here.</param>
    /// <param name="from">What to go on from; null: the run begins at time zero.</param>
    /// <exception cref="RunFailedException">An entity threw, or an invariant does not hold.</exception>
    /// <inheritdoc cref="Kernel(IMachine, Partition, int, IBatchLink, IDelivery, Resumption)"/>
    public static RunOutcome Run(IMachine machine, RunOptions options, Resumption? from = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        (Partition partition, Kernel kernel, Region region) = RunUntil(
            machine,
            machine.End,
            options.Continue,
            from
        );
        options.AtEnd?.Invoke(() => Freeze(machine, partition, [kernel], region.Reached));
        return OutcomeOf(machine, partition, [kernel], region);
    }

    /// <summary>Runs all that happens before an instant, and freezes the whole machine there.</summary>
    /// <param name="machine">Runs once: what goes on from the bytes is another one, built alike.</param>
    /// <param name="at">At most the machine's end.</param>
    /// <param name="from">What to go on from; null: the run begins at time zero.</param>
    /// <exception cref="RunFailedException">An entity threw, or an invariant does not hold.</exception>
    /// <inheritdoc cref="Region.Freeze"/>
    public static byte[] FreezeAt(IMachine machine, VirtualTime at, Resumption? from = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(at, machine.End);
        (_, _, Region region) = RunUntil(machine, at, @continue: null, from);
        return region.Freeze([.. machine.Entities.Select(entity => entity.Id)]);
    }

    private static (Partition Partition, Kernel Kernel, Region Region) RunUntil(
        IMachine machine,
        VirtualTime end,
        Func<RunProgress, bool>? @continue,
        Resumption? from
    )
    {
        Partition partition = Partition.IntoBlocks(machine, regions: 1);
        var kernel = new Kernel(machine, partition, region: 0, from: from);
        var region = new Region(
            kernel,
            partition,
            Lookahead.Of(machine, partition),
            end,
            link: null,
            @continue
        );
        while (region.RunRound()) { }
        return region.Failure is null ? (partition, kernel, region) : throw region.Failure;
    }

    /// <summary>Freezes a whole machine whose kernels all stand at one barrier.</summary>
    /// <param name="machine">What was run.</param>
    /// <param name="partition">Which kernel ran which entity.</param>
    /// <param name="kernels">All kernels, in the order of their regions.</param>
    /// <param name="at">The barrier.</param>
    /// <inheritdoc cref="Kernel.Freeze"/>
    public static Resumption Freeze(
        IMachine machine,
        Partition partition,
        IReadOnlyList<Kernel> kernels,
        VirtualTime at
    )
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(kernels);
        ILookup<int, EntityId> residents = machine
            .Entities.Select(entity => entity.Id)
            .ToLookup(partition.RegionOf);
        return new Resumption([
            .. kernels.Select(kernel =>
                (ReadOnlyMemory<byte>)kernel.Freeze([.. residents[kernel.Region]], at)
            ),
        ]);
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
