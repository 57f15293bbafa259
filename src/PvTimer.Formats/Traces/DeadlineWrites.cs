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
/// <param name="longestMasked">
/// In cycles: a CPU that writes a deadline this long after the one before was due has had its interrupt, recorded or not.
/// </param>
internal sealed class DeadlineWrites(long longestLateness, long longestMasked)
{
    /// <summary>No more deadlines than this can be on their way at once.</summary>
    private const int Lookback = 8;

    private readonly record struct Write(TscTicks At, TscTicks Deadline, bool Fired);

    /// <summary>The latest writes: write i is at i modulo the length.</summary>
    private readonly Write[] _latest = new Write[Lookback];
    private long _count;

    /// <summary>Deadlines that were due and whose interrupt is not in the recording.</summary>
    public long Unanswered { get; private set; }

    public void Add(TscTicks at, TscTicks deadline)
    {
        if (_count > 0 && IsUnanswered(_latest[(_count - 1) % Lookback], at))
        {
            Unanswered++;
        }
        _latest[_count % Lookback] = new Write(at, deadline, Fired: false);
        _count++;
    }

    private bool IsUnanswered(Write write, TscTicks overwrittenAt) =>
        write.Deadline != TscTicks.Zero
        && !write.Fired
        && overwrittenAt != TscTicks.MaxValue
        && write.Deadline <= overwrittenAt
        && overwrittenAt.CyclesSince(write.Deadline) > longestMasked;

    /// <summary>The index of the write, or <see cref="RecordedStep.NoWrite"/>.</summary>
    public ulong TakeFor(TscTicks entry)
    {
        TscTicks overwrittenAt = TscTicks.MaxValue;
        for (long i = _count - 1; i >= 0 && i >= _count - Lookback; i--)
        {
            ref Write write = ref _latest[i % Lookback];
            bool armed = write.Deadline != TscTicks.Zero && !write.Fired;
            if (armed && write.Deadline <= entry && write.Deadline <= overwrittenAt)
            {
                if (entry.CyclesSince(write.Deadline) > longestLateness)
                {
                    return RecordedStep.NoWrite;
                }
                if (IsUnanswered(write, overwrittenAt))
                {
                    Unanswered--;
                }
                write = write with { Fired = true };
                return (ulong)i;
            }
            overwrittenAt = write.At;
        }
        return RecordedStep.NoWrite;
    }
}
