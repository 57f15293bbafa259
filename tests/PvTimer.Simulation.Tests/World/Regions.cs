using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// A node's part of the toy machine in one formation. Every round begins with a frame to and from each other node;
/// whether to halt or to write a checkpoint is in the frames, so all do it at the same barrier.
/// </summary>
internal sealed class Regions(
    Form form,
    int seat,
    ImmutableArray<ToyEvent> events,
    SortedDictionary<int, ulong> cells
)
{
    private readonly Dictionary<(long Round, int From), Frame> _arrived = [];
    private bool _pauseWanted;
    private bool _checkpointWanted;

    internal readonly record struct Frame(long Round, int From, ulong Sum, bool Pause, bool Keep);

    public Form Form => form;

    public int Seat => seat;

    public long At { get; private set; } = form.ReachedNanoseconds;

    public long Round { get; private set; }

    public bool IsRunning { get; private set; }

    public bool HasEnded { get; private set; }

    public SortedDictionary<int, ulong> Cells => cells;

    /// <summary>The node whose frame is waited for; null: none.</summary>
    public string? WaitingFor
    {
        get
        {
            for (int other = 0; IsRunning && !HasEnded && other < form.Seats.Length; other++)
            {
                if (!_arrived.ContainsKey((Round, other)) && IsSent)
                {
                    return form.Seats[other].Name;
                }
            }
            return null;
        }
    }

    private bool IsSent => _arrived.ContainsKey((Round, seat));

    public void RequestPause() => _pauseWanted = true;

    public void RequestCheckpoint() => _checkpointWanted = true;

    /// <summary>The frame of the round that begins now.</summary>
    public Frame Begin()
    {
        IsRunning = true;
        Frame own = new(Round, seat, ToyMachine.Sum(cells.Values), _pauseWanted, _checkpointWanted);
        _checkpointWanted = false;
        _arrived[(Round, seat)] = own;
        return own;
    }

    public void Take(Frame frame) => _arrived[(frame.Round, frame.From)] = frame;

    /// <summary>What all frames of the round say; null: one has not come.</summary>
    public (bool Halts, bool Keeps)? Close()
    {
        if (!IsRunning || HasEnded || !IsSent)
        {
            return null;
        }
        bool halts = At >= ToyMachine.End || At >= form.HoldAtNanoseconds;
        bool keeps = false;
        for (int other = 0; other < form.Seats.Length; other++)
        {
            if (!_arrived.TryGetValue((Round, other), out Frame frame))
            {
                return null;
            }
            halts |= frame.Pause;
            keeps |= frame.Keep;
        }
        HasEnded = halts;
        return (halts, keeps);
    }

    /// <summary>Runs the round whose frames are all there.</summary>
    public void Run()
    {
        ulong sum = 0;
        for (int other = 0; other < form.Seats.Length; other++)
        {
            _arrived.Remove((Round, other), out Frame frame);
            sum = unchecked(sum + frame.Sum); // reason: a hash wraps around
        }
        foreach (int cell in cells.Keys.ToArray())
        {
            cells[cell] = ToyMachine.Next(cells[cell], sum, At, events);
        }
        At += ToyMachine.Round;
        Round++;
    }

    public Dictionary<string, byte[]> Freeze() =>
        cells.ToDictionary(
            cell => ToyMachine.Names[cell.Key],
            cell => ToyMachine.Freeze(At, cell.Value),
            StringComparer.Ordinal
        );
}
