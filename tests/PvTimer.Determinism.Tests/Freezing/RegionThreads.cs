using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Determinism.Tests.Freezing;

/// <summary>How a region's entities are cut into blobs.</summary>
internal enum Cut
{
    Whole,
    ByHost,
    ByUnit,
    ByEntity,
}

/// <summary>A machine in kernels with a thread each and nothing around them, so that they can be frozen.</summary>
internal sealed class RegionThreads
{
    private readonly IMachine _machine;
    private readonly Partition _partition;
    private readonly Batches _batches;
    private readonly Kernel[] _kernels;
    private readonly Region[] _regions;

    /// <param name="machine">Built for this run.</param>
    /// <param name="regions">At least 1; cut down to what the machine can be divided into.</param>
    /// <param name="end">Where to stop.</param>
    /// <param name="from">What to go on from.</param>
    /// <param name="holdAt">See <see cref="Region.HoldAt"/>.</param>
    public RegionThreads(
        IMachine machine,
        int regions,
        VirtualTime end,
        Resumption? from,
        VirtualTime? holdAt = null
    )
    {
        _machine = machine;
        _partition = Partition.IntoBlocks(machine, regions);
        _batches = new Batches(_partition.Regions, _partition.Regions);
        Lookahead lookahead = Lookahead.Of(machine, _partition);
        _kernels = new Kernel[_partition.Regions];
        _regions = new Region[_partition.Regions];
        for (int index = 0; index < _regions.Length; index++)
        {
            IBatchLink? link = _regions.Length == 1 ? null : _batches.LinkOf(index);
            _kernels[index] = new Kernel(machine, _partition, index, link, delivery: null, from);
            _regions[index] = new Region(
                _kernels[index],
                _partition,
                lookahead,
                end,
                link,
                @continue: null
            )
            {
                HoldAt = holdAt,
            };
        }
    }

    public int Regions => _regions.Length;

    public RunOutcome Outcome =>
        SequentialEngine.OutcomeOf(_machine, _partition, _kernels, _regions[0]);

    public VirtualTime Reached => _regions[0].Reached;

    public bool Paused => _regions[0].Paused;

    public ImmutableArray<Region> All => [.. _regions];

    /// <summary>Runs until the end or a pause.</summary>
    /// <param name="afterRound">Called on the region's own thread with its number.</param>
    public void Run(Action<int, Region>? afterRound = null)
    {
        if (Regions == 1)
        {
            RunOne(0, afterRound);
            return;
        }
        List<Exception> failures = [];
        Thread[] threads =
        [
            .. Enumerable
                .Range(0, Regions)
                .Select(index => new Thread(() =>
                {
                    try
                    {
                        RunOne(index, afterRound);
                    }
                    catch (Exception failure)
                    {
                        lock (failures)
                        {
                            failures.Add(failure);
                        }
                        _batches.Break();
                    }
                })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (failures.Count > 0)
        {
            ExceptionDispatchInfo.Throw(failures[0]);
        }
    }

    /// <summary>One region's entities, frozen; between two rounds only.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Freeze(int region, Cut cut) =>
        [
            .. _machine
                .Entities.Select(entity => entity.Id)
                .Where(id => _partition.RegionOf(id) == region)
                .GroupBy(id =>
                    cut switch
                    {
                        Cut.Whole => 0,
                        Cut.ByHost => _machine.HostOf(id),
                        Cut.ByUnit => _machine.UnitOf(id),
                        _ => id.Index,
                    }
                )
                .Select(group => new ReadOnlyMemory<byte>(_regions[region].Freeze([.. group]))),
        ];

    public ImmutableArray<ReadOnlyMemory<byte>> FreezeAll(Cut cut) =>
        [.. Enumerable.Range(0, Regions).SelectMany(region => Freeze(region, cut))];

    private void RunOne(int index, Action<int, Region>? afterRound)
    {
        Region region = _regions[index];
        bool more = true;
        while (more)
        {
            more = region.RunRound();
            afterRound?.Invoke(index, region);
        }
        if (region.Failure is { } failure)
        {
            throw failure;
        }
    }
}
