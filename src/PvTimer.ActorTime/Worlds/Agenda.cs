using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PvTimer.ActorTime.Worlds;

/// <summary>What a world has to do: what is ready, in the order in which it has become so, and timers.</summary>
internal sealed class Agenda
{
    private readonly Lock _gate = new();
    private readonly List<Work> _ready = [];
    private readonly PriorityQueue<Alarm, (long Due, long Number)> _alarms = new();
    private long _alarmNumber;
    private int _processNumber;

    /// <summary>Ready to be done.</summary>
    public IReadOnlyList<Work> Ready => _ready;

    /// <summary>When the next timer is due, in nanoseconds; <see cref="long.MaxValue"/>: none is pending.</summary>
    public long NextAlarm
    {
        get
        {
            lock (_gate)
            {
                while (_alarms.TryPeek(out Alarm? next, out _))
                {
                    if (!next.IsCancelled)
                    {
                        return next.Due;
                    }
                    _alarms.Dequeue();
                }
                return long.MaxValue;
            }
        }
    }

    public Process NewProcess(string name)
    {
        lock (_gate)
        {
            return new Process(_processNumber++, name);
        }
    }

    /// <summary>Processes are counted from 0 again.</summary>
    public void Renumber() => _processNumber = 0;

    public void Enqueue(in Work work)
    {
        lock (_gate)
        {
            _ready.Add(work);
        }
    }

    public Work Take(int index)
    {
        lock (_gate)
        {
            Work work = _ready[index];
            _ready.RemoveAt(index);
            return work;
        }
    }

    public Alarm Schedule(long due, string owner, object about, Action run)
    {
        lock (_gate)
        {
            Alarm alarm = new(NewProcess($"timer of {owner}: {about}"), owner, due, run);
            _alarms.Enqueue(alarm, (due, _alarmNumber++));
            return alarm;
        }
    }

    /// <summary>The timers of an instant, the next one at which any is due, are ready.</summary>
    public void Ring()
    {
        long due = NextAlarm;
        while (due < long.MaxValue && NextAlarm == due)
        {
            lock (_gate)
            {
                Alarm alarm = _alarms.Dequeue();
                _ready.Add(new Work(alarm.Process, alarm));
            }
        }
    }

    /// <summary>Those who have asked for something that is still to come.</summary>
    public IReadOnlyList<string> Owners()
    {
        lock (_gate)
        {
            return
            [
                .. _alarms
                    .UnorderedItems.Where(item => !item.Element.IsCancelled)
                    .Select(item => item.Element.Owner),
            ];
        }
    }

    /// <summary>Nothing is left to do.</summary>
    /// <returns>What was ready.</returns>
    public IReadOnlyList<Work> Clear()
    {
        lock (_gate)
        {
            Work[] left = [.. _ready];
            _ready.Clear();
            _alarms.Clear();
            return left;
        }
    }
}
