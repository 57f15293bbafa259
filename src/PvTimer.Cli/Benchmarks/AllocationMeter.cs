using System;
using PvTimer.Engine;
using PvTimer.Model.Time;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// What a run of one region allocates per event in steady state: on the engine's own thread, in the second half of its
/// virtual time, when all that grows has grown. A count, not a time: the same on a busy machine.
/// </summary>
/// <param name="end">Of the run.</param>
internal sealed class AllocationMeter(VirtualTime end)
{
    private readonly VirtualTime _from = VirtualTime.FromNanoseconds(end.Nanoseconds / 2);
    private long _eventsBefore;
    private long _bytesBefore;
    private long _events;
    private long _bytes;

    /// <summary>How to run what is measured.</summary>
    public RunOptions Options => new(Regions: 1, Sample);

    /// <summary>Bytes; null: the run was too short to say.</summary>
    public double? BytesPerEvent =>
        _events > _eventsBefore
            ? (_bytes - _bytesBefore) / (double)(_events - _eventsBefore)
            : null;

    private bool Sample(RunProgress progress)
    {
        if (progress.Now < _from)
        {
            return true;
        }
        // The engine asks on its own thread.
        _bytes = GC.GetAllocatedBytesForCurrentThread();
        _events = progress.Events;
        if (_eventsBefore == 0)
        {
            (_eventsBefore, _bytesBefore) = (_events, _bytes);
        }
        return true;
    }
}
