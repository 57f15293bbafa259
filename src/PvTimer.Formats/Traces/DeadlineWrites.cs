using System.Collections.Generic;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// The deadlines that one CPU wrote, and which of them an interrupt belongs to: the latest one that was
/// due by then, was not overwritten before it was due, and has not had its interrupt yet.
/// </summary>
/// <param name="longestLateness">
/// In cycles: an interrupt that would be later than this was armed by a write that the trace lacks. Used
/// where a CPU recorded nothing of its idle loop, which writes deadlines too.
/// </param>
internal sealed class DeadlineWrites(long longestLateness)
{
    /// <summary>No more deadlines than this can be on their way at once.</summary>
    private const int Lookback = 8;

    private sealed record Write(TscTicks At, TscTicks Deadline)
    {
        public bool Fired { get; set; }
    }

    private readonly List<Write> _writes = [];

    public void Add(TscTicks at, TscTicks deadline) => _writes.Add(new Write(at, deadline));

    /// <summary>The index of the write, or <see cref="RecordedStep.NoWrite"/>.</summary>
    public ulong TakeFor(TscTicks entry)
    {
        TscTicks overwrittenAt = TscTicks.MaxValue;
        for (int i = _writes.Count - 1; i >= 0 && i >= _writes.Count - Lookback; i--)
        {
            Write write = _writes[i];
            bool armed = write.Deadline != TscTicks.Zero && !write.Fired;
            if (armed && write.Deadline <= entry && write.Deadline <= overwrittenAt)
            {
                if (entry.CyclesSince(write.Deadline) > longestLateness)
                {
                    return RecordedStep.NoWrite;
                }
                write.Fired = true;
                return (ulong)i;
            }
            overwrittenAt = write.At;
        }
        return RecordedStep.NoWrite;
    }
}
