using System;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>What one region tells another at the end of a window; filled and emptied again and again.</summary>
public sealed class WindowBatch
{
    private PendingEvent[] _events = new PendingEvent[16];
    private int _count;

    /// <summary>The window it closes, counted from 0.</summary>
    public long Round { get; set; }

    /// <summary>The region that sends it.</summary>
    public int From { get; set; }

    /// <summary>The earliest of the sender's own pending events and of all it sent in this round, to anybody.</summary>
    public VirtualTime NextTime { get; set; }

    /// <summary>How many events the sender has handled since the start of the run.</summary>
    public long Handled { get; set; }

    /// <summary>The run stops after this round: it was interrupted.</summary>
    public bool Stop { get; set; }

    /// <summary>The run stops after this round: it broke at the sender.</summary>
    public bool Failed { get; set; }

    /// <summary>After this round every region freezes, and goes on.</summary>
    public bool Checkpoint { get; set; }

    /// <summary>After this round every region stops, to be frozen and to go on elsewhere.</summary>
    public bool Pause { get; set; }

    /// <summary>The number of the last look that the sender was asked for; 0: none.</summary>
    public int Look { get; set; }

    /// <summary>Events for the receiver, in the order in which they were sent.</summary>
    public ReadOnlySpan<PendingEvent> Events => _events.AsSpan(0, _count);

    public void Add(in PendingEvent pending)
    {
        if (_count == _events.Length)
        {
            Array.Resize(ref _events, _count * 2);
        }
        _events[_count++] = pending;
    }

    public void Clear() => _count = 0;
}
