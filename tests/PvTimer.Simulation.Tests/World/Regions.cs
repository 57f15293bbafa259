using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;

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

    private int _lookWanted;
    private ToyEvent? _broke;

    /// <param name="Round">The round that begins.</param>
    /// <param name="From">The seat that it is from.</param>
    /// <param name="Sum">Of the numbers there.</param>
    /// <param name="Pause">Halt at this barrier.</param>
    /// <param name="Keep">Write a checkpoint of this barrier.</param>
    /// <param name="Look">The latest look that is wanted there; 0: none.</param>
    /// <param name="Broke">An event of the last round broke the machine there.</param>
    internal sealed record Frame(
        long Round,
        int From,
        ulong Sum,
        bool Pause,
        bool Keep,
        int Look,
        bool Broke
    );

    /// <summary>What all frames of a round say.</summary>
    internal readonly record struct Barrier(bool Halts, bool Keeps, int Look, bool Broke);

    public Form Form => form;

    public int Seat => seat;

    public long At { get; private set; } = form.ReachedNanoseconds;

    public long Round { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>How its next round begins, once it has begun one.</summary>
    public Action? BeginsRound { get; set; }

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

    public void RequestLook(int number) => _lookWanted = number;

    /// <summary>The last look that was taken at a barrier; 0: none.</summary>
    public int Looked { get; private set; }

    /// <summary>The event that broke the machine in a cell that is here; null: none did.</summary>
    public ToyEvent? Broke => _broke;

    /// <summary>The frame of the round that begins now.</summary>
    public Frame Begin()
    {
        IsRunning = true;
        Frame own = new(
            Round,
            seat,
            ToyMachine.Sum(numbers),
            _pauseWanted,
            _checkpointWanted,
            _lookWanted,
            _broke is not null
        );
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
    public Barrier? Close()
    {
        if (!IsRunning || HasEnded || !IsSent)
        {
            return null;
        }
        bool halts = At >= ToyMachine.End || At >= form.HoldAtNanoseconds;
        bool keeps = false;
        bool broke = false;
        int look = int.MaxValue;
        for (int other = 0; other < form.Seats.Length; other++)
        {
            if (FrameOf(other) is not { } frame)
            {
                return null;
            }
            halts |= frame.Pause;
            keeps |= frame.Keep;
            broke |= frame.Broke;
            look = Math.Min(look, frame.Look);
        }
        HasEnded = halts || broke;
        // As soon as all have been asked, and once.
        look = look > Looked ? look : 0;
        Looked = Math.Max(Looked, look);
        return new Barrier(halts, keeps, look, broke);
    }

    /// <summary>Runs the round whose frames are all there.</summary>
    public void Run()
    {
        ulong sum = 0;
        for (int other = 0; other < form.Seats.Length; other++)
        {
            sum = unchecked(sum + FrameOf(other)!.Sum); // reason: a hash wraps around
            _arrived[PlaceOf(Round, other)] = null;
        }
        for (int index = 0; index < numbers.Length; index++)
        {
            numbers[index] = ToyMachine.Next(numbers[index], sum, At, events);
        }
        foreach (ToyEvent happening in events)
        {
            bool isHere =
                happening.Breaks
                && happening.At >= At
                && happening.At < At + ToyMachine.Round
                && Array.IndexOf(cells, happening.Cell) >= 0;
            if (isHere && !(_broke?.At <= happening.At))
            {
                _broke = happening;
            }
        }
        At += ToyMachine.Round;
        Round++;
    }

    public LookTaken LookAt(SimNode node, int number) =>
        new(
            form.Epoch,
            number,
            node.Seat.Name,
            seat,
            Round,
            At,
            new MachineLook(VirtualTime.FromNanoseconds(At), [], [], [], [], []),
            0.1,
            [.. cells.Zip(numbers, (cell, value) => new EntityDigest(cell, value))]
        );

    public Dictionary<string, byte[]> Freeze()
    {
        Dictionary<string, byte[]> frozen = new(cells.Length, StringComparer.Ordinal);
        for (int index = 0; index < cells.Length; index++)
        {
            frozen.Add(ToyMachine.Names[cells[index]], ToyMachine.Freeze(At, numbers[index]));
        }
        return frozen;
    }
}
