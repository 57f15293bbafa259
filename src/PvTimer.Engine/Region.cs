using System;
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
/// All regions compute the same T and H, and stop after the same round: at the machine's end, when region 0
/// was told to stop, or when any of them broke. A region that broke finishes the round like the others, so
/// the earliest failure of the run is known, whichever region it happens in.
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
    private VirtualTime _horizon;
    private long _round;
    private long _handledByAll;
    private long _askedAfter;
    private bool _stopWanted;

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
        _horizon = HorizonAfter(VirtualTime.Zero);
    }

    /// <summary>Everything before this instant has happened, in every region.</summary>
    public VirtualTime Reached { get; private set; }

    /// <summary>It stopped before the end because it was told to.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>What broke here, if anything did; <see cref="Kernel.CurrentKey"/> tells at which event.</summary>
    public RunFailedException? Failure { get; private set; }

    private bool IsAlone => _regions == 1;

    /// <summary>One round as drawn above.</summary>
    /// <returns>Whether there is another one.</returns>
    public bool RunRound()
    {
        RunWindow();
        VirtualTime next = VirtualTime.Min(_kernel.NextTime, _kernel.EarliestSent);
        bool stop = _stopWanted;
        bool failed = Failure is not null;
        _handledByAll = _kernel.Handled;
        if (!IsAlone)
        {
            Announce(next);
            _link!.Exchange();
            Merge(ref next, ref stop, ref failed);
        }
        _round++;
        Reached = VirtualTime.Min(next, _end);
        if (failed)
        {
            return false;
        }
        if (Reached == _end)
        {
            Ask();
            return false;
        }
        _horizon = HorizonAfter(next);
        if (_handledByAll - _askedAfter >= EventsBetweenQuestions)
        {
            _stopWanted = !Ask();
        }
        // Peers hear of it in the next round's batches; a lone region can stop where it stands.
        Interrupted = stop || (IsAlone && _stopWanted);
        return !Interrupted;
    }

    private void RunWindow()
    {
        _kernel.BeginWindow(_horizon);
        try
        {
            _kernel.Run(IsAlone ? EventsBetweenQuestions : long.MaxValue);
        }
        catch (RunFailedException failure)
        {
            Failure = failure;
        }
    }

    private void Announce(VirtualTime next)
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
            batch.NextTime = next;
            batch.Handled = _kernel.Handled;
            batch.Stop = _stopWanted;
            batch.Failed = Failure is not null;
        }
    }

    private void Merge(ref VirtualTime next, ref bool stop, ref bool failed)
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
            next = VirtualTime.Min(next, batch.NextTime);
            stop |= batch.Stop;
            failed |= batch.Failed;
            _handledByAll += batch.Handled;
        }
    }

    private VirtualTime HorizonAfter(VirtualTime next) =>
        IsAlone || _end - next <= _lookahead.Span ? _end : next + _lookahead.Span;

    private bool Ask()
    {
        _askedAfter = _handledByAll;
        return _continue?.Invoke(new RunProgress(Reached, _handledByAll)) ?? true;
    }
}
