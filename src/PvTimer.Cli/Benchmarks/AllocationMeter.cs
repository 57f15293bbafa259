using System;
using PvTimer.Engine;
using PvTimer.Model.Time;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// What a run of one region allocates per event in steady state: on the engine's own thread, in the second half of its
/// virtual time, when all that grows has grown. A count, not a time: the same on a busy machine.
/// </summary>
/// <remarks>
/// What passes while garbage is collected counts for nothing: a collection takes a thread's buffer of some kilobytes
/// away from it, and the runtime says that all of it was allocated.
/// </remarks>
/// <param name="end">Of the run.</param>
internal sealed class AllocationMeter(VirtualTime end)
{
    private readonly VirtualTime _from = VirtualTime.FromNanoseconds(end.Nanoseconds / 2);
    private Reading? _last;
    private long _events;
    private long _bytes;

    /// <summary>How to run what is measured.</summary>
    public RunOptions Options => new(Regions: 1, Sample);

    /// <summary>Bytes; null: the run was too short to say.</summary>
    public double? BytesPerEvent => _events > 0 ? _bytes / (double)_events : null;

    private bool Sample(RunProgress progress)
    {
        if (progress.Now < _from)
        {
            return true;
        }
        int before = GC.CollectionCount(0);
        // The engine asks on its own thread.
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        if (_last is { } last && last.Collections == GC.CollectionCount(0))
        {
            _events += progress.Events - last.Events;
            _bytes += bytes - last.Bytes;
        }
        _last = new Reading(before, bytes, progress.Events);
        return true;
    }

    private readonly record struct Reading(int Collections, long Bytes, long Events);
}
