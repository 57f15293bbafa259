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
    int[] cells,
    ulong[] numbers
)
{
    /// <summary>Frames of the round that is on, and of the next one: no node is further than that.</summary>
    private readonly Frame?[] _arrived = new Frame?[2 * form.Seats.Length];
    private bool _pauseWanted;
    private bool _checkpointWanted;

    internal readonly record struct Frame(long Round, int From, ulong Sum, bool Pause, bool Keep);

    public Form Form => form;

    public int Seat => seat;

    public long At { get; private set; } = form.ReachedNanoseconds;

    public long Round { get; private set; }

    public bool IsRunning { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>The node whose frame is waited for; null: none.</summary>
    public string? WaitingFor
    {
        get
        {
            for (int other = 0; IsRunning && !HasEnded && other < form.Seats.Length; other++)
            {
                if (FrameOf(other) is null && IsSent)
                {
                    return form.Seats[other].Name;
                }
            }
            return null;
        }
    }

    private bool IsSent => FrameOf(seat) is not null;

    private Frame? FrameOf(int from) => _arrived[PlaceOf(Round, from)];

    private int PlaceOf(long round, int from) => ((int)(round & 1) * form.Seats.Length) + from;

    public void RequestPause() => _pauseWanted = true;

    public void RequestCheckpoint() => _checkpointWanted = true;

    /// <summary>The frame of the round that begins now.</summary>
    public Frame Begin()
    {
        IsRunning = true;
        Frame own = new(Round, seat, ToyMachine.Sum(numbers), _pauseWanted, _checkpointWanted);
        _checkpointWanted = false;
        _arrived[PlaceOf(Round, seat)] = own;
        return own;
    }

    /// <summary>One of a round that is over has come twice.</summary>
    public void Take(Frame frame)
    {
        Checker.Require(frame.Round <= Round + 1, "a frame of a round that cannot have begun");
        if (frame.Round >= Round)
        {
            _arrived[PlaceOf(frame.Round, frame.From)] = frame;
        }
    }

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
            if (FrameOf(other) is not { } frame)
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
            sum = unchecked(sum + FrameOf(other)!.Value.Sum); // reason: a hash wraps around
            _arrived[PlaceOf(Round, other)] = null;
        }
        for (int index = 0; index < numbers.Length; index++)
        {
            numbers[index] = ToyMachine.Next(numbers[index], sum, At, events);
        }
        At += ToyMachine.Round;
        Round++;
    }

    public Dictionary<string, byte[]> Freeze() =>
        cells
            .Zip(numbers)
            .ToDictionary(
                each => ToyMachine.Names[each.First],
                each => ToyMachine.Freeze(At, each.Second),
                StringComparer.Ordinal
            );
}
