using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// A kernel among its peers. They take turns in rounds; whoever owns the thread calls
/// <see cref="RunRound"/> until it returns false.
/// </summary>
/// <remarks>
/// <code>
///   region                                        peers
///   1  run every event before H
///   2  send one batch to each peer (may be empty): events, own smallest next time, round, epoch
///   3  wait for every peer's batch of this round
///   4  merge; every event lies at or after H
///   5  T = the smallest of all next times (exact: nothing is in flight);  H = T + lookahead
/// </code>
/// All regions compute the same T and H, and stop after the same round: at the machine's end, at the instant
/// of <see cref="HoldAt"/>, when region 0 was told to stop, when any of them was asked to pause, or when any
/// of them broke. A region that broke
/// finishes the round like the others, so the earliest failure of the run is known, whichever region it
/// happens in. Between two rounds all regions stand at one barrier: what happens before
/// <see cref="Reached"/> has happened everywhere, the rest is pending, nothing is in flight. That is where
/// entities can be frozen (<see cref="Freeze"/>).
/// </remarks>
public sealed class Region
{
    /// <summary>How many events pass before <see cref="RunOptions.Continue"/> is asked again.</summary>
    public const int EventsBetweenQuestions = 4096;

    // Configuration and wiring
    private readonly Kernel _kernel;
    private readonly IBatchLink? _link;
    private readonly Lookahead _lookahead;
    private readonly Func<RunProgress, bool>? _continue;
    private readonly VirtualTime _end;
    private readonly int _regions;

    // Volatile state
    private long _round;
    private long _handledByAll;
    private long _askedAfter;
    private bool _stopWanted;
    private int _looked;

    // Set by any thread, taken by the region's own at the end of a window. Two requests at once are one.
    private volatile bool _pauseRequested;
    private volatile bool _checkpointRequested;
    private volatile int _lookRequested;

    /// <param name="kernel">What runs the events.</param>
    /// <param name="partition">Tells how many peers there are.</param>
    /// <param name="lookahead">The same in every region.</param>
    /// <param name="end">Nothing at or after it happens.</param>
    /// <param name="link">The way to the peers; null if there are none.</param>
    /// <param name="continue">Asked by region 0 alone.</param>
    public Region(
        Kernel kernel,
        Partition partition,
        Lookahead lookahead,
        VirtualTime end,
        IBatchLink? link,
        Func<RunProgress, bool>? @continue
    )
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(partition);
        _kernel = kernel;
        _regions = partition.Regions;
        _lookahead = lookahead;
        _end = end;
        _link = link;
        _continue = kernel.Region == 0 ? @continue : null;
        Reached = kernel.Begin;
    }

    /// <summary>
    /// All regions stop where everything before this instant has happened and nothing at or after it; null:
    /// only at the machine's end. The same in every region. Those that begin there or behind it stop at once,
    /// and nothing happens.
    /// </summary>
    public VirtualTime? HoldAt { get; init; }

    /// <summary>
    /// No window is longer, and virtual time never goes further in one round even if nothing happens in it: so
    /// whoever keeps it back between two rounds can do it evenly. Null: as far as the lookahead lets it. The
    /// same in every region.
    /// </summary>
    public VirtualDuration? LongestWindow { get; init; }

    /// <summary>Everything before this instant has happened, in every region.</summary>
    public VirtualTime Reached { get; private set; }

    /// <summary>Rounds closed so far.</summary>
    public long Round => _round;

    /// <summary>It stopped before the end because it was told to.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>
    /// It stopped before the end because a region was asked to pause, and the next <see cref="RunRound"/> goes
    /// on; or because it has come to <see cref="HoldAt"/>, where it stays.
    /// </summary>
    public bool Paused { get; private set; }

    /// <summary>All regions agreed in the last round to freeze now; until the next round begins.</summary>
    public bool CheckpointDue { get; private set; }

    /// <summary>
    /// The number of the look that is to be taken now, because every region has been asked for it: all stand at
    /// one barrier. 0: none is. Until the next round begins.
    /// </summary>
    public int LookDue { get; private set; }

    /// <summary>What broke here, if anything did; <see cref="Kernel.CurrentKey"/> tells at which event.</summary>
    public RunFailedException? Failure { get; private set; }

    private bool IsAlone => _regions == 1;

    /// <summary>All regions shall stop after the same round. For any thread, in any region.</summary>
    public void RequestPause() => _pauseRequested = true;

    /// <summary>All regions shall freeze after the same round, and go on. For any thread, in any region.</summary>
    public void RequestCheckpoint() => _checkpointRequested = true;

    /// <summary>
    /// All regions shall stop for a look after one round, and go on: as soon as each of them was asked for this
    /// one. For any thread.
    /// </summary>
    /// <param name="number">Greater than that of any look before.</param>
    public void RequestLook(int number) => _lookRequested = number;

    /// <summary>Freezes entities that live here; between two rounds only.</summary>
    /// <inheritdoc cref="Kernel.Freeze"/>
    public byte[] Freeze(ReadOnlySpan<EntityId> entities) => _kernel.Freeze(entities, Reached);

    /// <summary>Freezes groups of entities that live here; between two rounds only.</summary>
    /// <inheritdoc cref="Kernel.FreezeEach"/>
    public byte[][] FreezeEach(IReadOnlyList<ImmutableArray<EntityId>> groups) =>
        _kernel.FreezeEach(groups, Reached);

    /// <summary>One round as drawn above.</summary>
    /// <returns>Whether there is another one.</returns>
    /// <exception cref="RunAbandonedException">The region cannot go on; its peers hear nothing of this round.</exception>
    public bool RunRound()
    {
        Paused = false;
        CheckpointDue = false;
        LookDue = 0;
        RunWindow();
        Agreement agreed = Propose();
        _handledByAll = _kernel.Handled;
        if (!IsAlone)
        {
            Announce(agreed);
            _link!.Exchange();
            Merge(ref agreed);
        }
        _round++;
        VirtualTime furthest = LongestWindow is { } longest ? Within(longest) : Limit;
        Reached = VirtualTime.Min(agreed.Next, furthest);
        if (agreed.Failed)
        {
            return false;
        }
        CheckpointDue = agreed.Checkpoint;
        if (agreed.Look > _looked)
        {
            _looked = LookDue = agreed.Look;
        }
        if (Reached == _end)
        {
            Ask();
            return false;
        }
        if (_handledByAll - _askedAfter >= EventsBetweenQuestions)
        {
            _stopWanted = !Ask();
        }
        // Peers hear of it in the next round's batches; a lone region can stop where it stands.
        Interrupted = agreed.Stop || (IsAlone && _stopWanted);
        Paused = (agreed.Pause || Reached >= HoldAt) && !Interrupted;
        return !Interrupted && !Paused;
    }

    /// <summary>What the regions tell each other at the end of a window; merged, all hold the same.</summary>
    private struct Agreement
    {
        public VirtualTime Next;
        public bool Stop;
        public bool Failed;
        public bool Checkpoint;
        public bool Pause;
        public int Look;
    }

    /// <summary>This region's own share; requests that it takes up are no longer open.</summary>
    private Agreement Propose()
    {
        var own = new Agreement
        {
            Next = VirtualTime.Min(_kernel.NextTime, _kernel.EarliestSent),
            Stop = _stopWanted,
            Failed = Failure is not null,
            Look = _lookRequested,
        };
        if (_pauseRequested)
        {
            _pauseRequested = false;
            own.Pause = true;
        }
        if (_checkpointRequested)
        {
            _checkpointRequested = false;
            own.Checkpoint = true;
        }
        return own;
    }

    private void RunWindow()
    {
        _kernel.BeginWindow(NextHorizon);
        try
        {
            _kernel.Run(IsAlone ? EventsBetweenQuestions : long.MaxValue);
        }
        catch (RunFailedException failure)
        {
            Failure = failure;
        }
    }

    private void Announce(Agreement own)
    {
        for (int peer = 0; peer < _regions; peer++)
        {
            if (peer == _kernel.Region)
            {
                continue;
            }
            WindowBatch batch = _link!.Outgoing(peer);
            batch.Round = _round;
            batch.From = _kernel.Region;
            batch.NextTime = own.Next;
            batch.Handled = _kernel.Handled;
            batch.Stop = own.Stop;
            batch.Failed = own.Failed;
            batch.Checkpoint = own.Checkpoint;
            batch.Pause = own.Pause;
            batch.Look = own.Look;
        }
    }

    private void Merge(ref Agreement agreed)
    {
        for (int peer = 0; peer < _regions; peer++)
        {
            if (peer == _kernel.Region)
            {
                continue;
            }
            WindowBatch batch = _link!.Received(peer);
            if (batch.Round != _round || batch.From != peer)
            {
                throw new InvalidOperationException(
                    $"region {_kernel.Region} expected round {_round} of region {peer} "
                        + $"and got round {batch.Round} of region {batch.From}"
                );
            }
            foreach (ref readonly PendingEvent pending in batch.Events)
            {
                _kernel.Accept(pending);
            }
            agreed.Next = VirtualTime.Min(agreed.Next, batch.NextTime);
            agreed.Stop |= batch.Stop;
            agreed.Failed |= batch.Failed;
            agreed.Checkpoint |= batch.Checkpoint;
            agreed.Pause |= batch.Pause;
            agreed.Look = Math.Min(agreed.Look, batch.Look);
            _handledByAll += batch.Handled;
        }
    }

    /// <summary>Nothing at or after it happens, and it may be now.</summary>
    private VirtualTime Limit =>
        HoldAt is { } hold ? VirtualTime.Min(_end, VirtualTime.Max(hold, Reached)) : _end;

    private VirtualTime NextHorizon
    {
        get
        {
            VirtualTime bound = IsAlone ? Limit : Within(_lookahead.Span);
            return LongestWindow is { } longest ? VirtualTime.Min(bound, Within(longest)) : bound;
        }
    }

    /// <summary>So far ahead, if nothing lies before it.</summary>
    private VirtualTime Within(VirtualDuration span) =>
        Limit - Reached <= span ? Limit : Reached + span;

    private bool Ask()
    {
        _askedAfter = _handledByAll;
        return _continue?.Invoke(new RunProgress(Reached, _handledByAll)) ?? true;
    }
}
