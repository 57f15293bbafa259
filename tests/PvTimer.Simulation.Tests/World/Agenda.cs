using System;

namespace PvTimer.Simulation.Tests.World;

/// <summary>What happens when, in virtual time: one thing after the other, ties in the order in which they were noted.</summary>
/// <remarks>A binary heap: half of what a schedule does is to note something here and to take it out again.</remarks>
internal sealed class Agenda
{
    /// <param name="At">When.</param>
    /// <param name="Order">How many were noted before.</param>
    /// <param name="Where">In whose process; null: in none.</param>
    /// <param name="Then">What happens.</param>
    private readonly record struct Due(long At, long Order, SimNode? Where, Action Then)
    {
        public bool IsBefore(in Due other) =>
            At < other.At || (At == other.At && Order < other.Order);
    }

    private Due[] _due = new Due[64];
    private int _count;
    private long _noted;

    public TimeSpan Now { get; private set; }

    public long Steps { get; private set; }

    /// <param name="at">When.</param>
    /// <param name="then">What happens.</param>
    /// <param name="where">In whose process, see <see cref="SimNode.Do"/>; null: in none.</param>
    public void At(TimeSpan at, Action then, SimNode? where = null)
    {
        if (_count == _due.Length)
        {
            Array.Resize(ref _due, 2 * _count);
        }
        Due due = new(at < Now ? Now.Ticks : at.Ticks, _noted++, where, then);
        Due[] all = _due;
        int place = _count++;
        while (place > 0)
        {
            int parent = (place - 1) / 2;
            if (!due.IsBefore(all[parent]))
            {
                break;
            }
            all[place] = all[parent];
            place = parent;
        }
        all[place] = due;
    }

    public void After(TimeSpan delay, Action then, SimNode? where = null) =>
        At(Now + delay, then, where);

    /// <summary>Runs until there is nothing more to do, it is told to stop, or an instant has come.</summary>
    public void Run(TimeSpan until, Func<bool> isOver)
    {
        while (!isOver() && _count > 0 && _due[0].At <= until.Ticks)
        {
            Due next = _due[0];
            RemoveFirst();
            Now = TimeSpan.FromTicks(next.At);
            Steps++;
            if (next.Where is { } node)
            {
                node.Do(next.Then);
            }
            else
            {
                next.Then();
            }
        }
    }

    private void RemoveFirst()
    {
        Due[] all = _due;
        int count = --_count;
        Due last = all[count];
        all[count] = default;
        int place = 0;
        for (int child = 1; child < count; child = (2 * place) + 1)
        {
            if (child + 1 < count && all[child + 1].IsBefore(all[child]))
            {
                child++;
            }
            if (!all[child].IsBefore(last))
            {
                break;
            }
            all[place] = all[child];
            place = child;
        }
        if (count > 0)
        {
            all[place] = last;
        }
    }
}
