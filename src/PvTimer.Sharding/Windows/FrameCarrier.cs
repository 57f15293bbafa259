using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading;
using PvTimer.Actors.Windows;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Windows;

/// <summary>A node among those of a formation, as the one who sends it frames sees it.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="First">The first of its regions.</param>
/// <param name="Count">How many it has.</param>
/// <param name="Send">Takes a frame to it; in order, and either all of them or none after the first lost one.</param>
internal sealed record FramePeer(string Name, int First, int Count, Action<WindowFrame> Send)
{
    /// <summary>The memory that is shared with it now; null: none is, all frames go over the network.</summary>
    public Func<SharedMemoryLink?> Memory { get; init; } = static () => null;

    /// <summary>Nothing may be sent through memory: a drill has cut the network to it.</summary>
    public Func<bool> IsCut { get; init; } = static () => false;
}

/// <summary>
/// Carries the batches between the nodes of one formation: one frame to each node and one from each, every
/// round. A frame goes through shared memory if there is some and it fits; else what takes it from node to node is
/// behind <see cref="FramePeer.Send"/>. Two frames of a peer may so come on two ways: their rounds order them.
/// </summary>
internal sealed class FrameCarrier : IBatchCarrier
{
    /// <summary>A peer is at most one round ahead, and this node may not have taken the round before yet.</summary>
    internal const int MostRoundsAhead = 4;

    /// <summary>The greatest frame of a round, all its parts together [B].</summary>
    internal const long MostRoundBytes = 1_000_000_000;

    /// <summary>Looks before it sleeps, about 0.1 us each (see <see cref="RoundBarrier"/>).</summary>
    private const int Spins = 500;

    private const int PausesPerSpin = 4;

    /// <summary>Where the late one needs the core, it is left to it so often before sleeping.</summary>
    private const int Yields = 50;

    /// <summary>Asleep on shared memory it looks around as often as this, whatever happens to be lost.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(100);

    private const int NoPeer = -1;

    // Wiring
    private readonly ImmutableArray<FramePeer> _peers;
    private readonly int _self;
    private readonly FrameCodec _codec;

    // Volatile state
    private readonly object _gate = new();
    private readonly Queue<Arrived>[] _arrived;
    private readonly List<ReadOnlyMemory<byte>>[] _parts;
    private readonly long[] _partBytes;
    private readonly long[] _expected;
    private byte[] _taken = new byte[4096];
    private long _round;
    private volatile bool _aborted;
    private volatile string? _waitingFor;
    private volatile int _waitingAt = NoPeer;

    /// <param name="epoch">The formation.</param>
    /// <param name="peers">All its nodes in order, this one included.</param>
    /// <param name="self">Which of them this is.</param>
    public FrameCarrier(long epoch, ImmutableArray<FramePeer> peers, int self)
    {
        Epoch = epoch;
        _peers = peers;
        _self = self;
        _codec = new FrameCodec(peers[self]);
        _arrived = new Queue<Arrived>[peers.Length];
        _parts = new List<ReadOnlyMemory<byte>>[peers.Length];
        _partBytes = new long[peers.Length];
        _expected = new long[peers.Length];
        for (int peer = 0; peer < peers.Length; peer++)
        {
            _arrived[peer] = new Queue<Arrived>();
            _parts[peer] = [];
        }
    }

    public long Epoch { get; }

    /// <summary>
    /// How many threads of this machine wait for each other in this formation: if they are more than it has cores,
    /// none spins.
    /// </summary>
    public int Parties { get; init; } = int.MaxValue;

    /// <summary>What was sent to other nodes so far, in bytes.</summary>
    public long BytesSent { get; private set; }

    /// <summary>How long frames of other nodes were waited for so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The node whose frame is waited for; null if none is.</summary>
    public string? WaitingFor => _waitingFor;

    /// <summary>A frame is waited for, and nothing of its sender is here. Any thread.</summary>
    public bool IsStuck
    {
        get
        {
            lock (_gate)
            {
                int peer = _waitingAt;
                return peer != NoPeer
                    && !_aborted
                    && _arrived[peer].Count == 0
                    && _peers[peer].Memory() is not { HasUnread: true };
            }
        }
    }

    public void Exchange(BatchTable batches)
    {
        for (int peer = 0; peer < _peers.Length; peer++)
        {
            if (peer != _self)
            {
                Send(_peers[peer], _codec.Encode(batches, _peers[peer]));
            }
        }
        for (int peer = 0; peer < _peers.Length; peer++)
        {
            if (peer != _self)
            {
                _codec.Decode(Await(peer), batches, _peers[peer], _round);
            }
        }
        _round++;
    }

    /// <summary>A frame from a peer, or a part of one. Any thread.</summary>
    /// <exception cref="InvalidOperationException">It is not the next one of a peer, or more than one can have.</exception>
    public void Deliver(WindowFrame frame)
    {
        int from = frame.From;
        if (from < 0 || from >= _peers.Length || from == _self)
        {
            throw new InvalidOperationException(
                $"a frame of node {from}; accepted: one of the {_peers.Length - 1} others"
            );
        }
        lock (_gate)
        {
            bool skips = frame.Round > _expected[from] && frame.Part == 0;
            bool isNext =
                frame.Round == _expected[from] || (skips && _peers[from].Memory() is not null);
            if (!isNext || frame.Part != _parts[from].Count)
            {
                throw new InvalidOperationException(
                    $"node {from} sent part {frame.Part} of round {frame.Round}; its next one is part {_parts[from].Count} of {_expected[from]}"
                );
            }
            _expected[from] = frame.Round;
            _partBytes[from] += frame.Content.Length;
            if (_arrived[from].Count == MostRoundsAhead || _partBytes[from] > MostRoundBytes)
            {
                throw new InvalidOperationException(
                    $"node {from} sent round {frame.Round} with {_partBytes[from]} bytes; accepted: {MostRoundsAhead} rounds ahead, {MostRoundBytes} bytes"
                );
            }
            _parts[from].Add(frame.Content);
            if (!frame.IsLast)
            {
                return;
            }
            _partBytes[from] = 0;
            _arrived[from]
                .Enqueue(
                    new Arrived(
                        frame.Round,
                        _parts[from] is [var only] ? only : PartedBytes.Join(_parts[from])
                    )
                );
            _parts[from].Clear();
            _expected[from] = frame.Round + 1;
        }
        LookAround();
    }

    /// <summary>The formation is over: whoever waits for a frame stops waiting. Any thread.</summary>
    public void Abort()
    {
        _aborted = true;
        LookAround();
    }

    /// <summary>Something has come that a waiting thread may not see from where it waits. Any thread.</summary>
    public void LookAround()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
        foreach (FramePeer peer in _peers)
        {
            peer.Memory()?.WakeReader();
        }
    }

    private void Send(FramePeer peer, ReadOnlySpan<byte> content)
    {
        BytesSent += content.Length;
        bool isSent =
            peer.Memory() is { IsOpen: true } memory
            && !peer.IsCut()
            && memory.TrySend(Epoch, _round, content);
        if (!isSent)
        {
            SendParts(peer, content.ToArray());
        }
    }

    private void SendParts(FramePeer peer, ReadOnlyMemory<byte> content)
    {
        int number = 0;
        do
        {
            int length = Math.Min(content.Length, WindowFrame.MaxContentBytes);
            ReadOnlyMemory<byte> part = content[..length];
            content = content[length..];
            peer.Send(new WindowFrame(Epoch, _round, _self, number++, content.IsEmpty, part));
        } while (!content.IsEmpty);
    }

    /// <summary>A peer's frame of this round; valid until the next one is waited for.</summary>
    private ReadOnlyMemory<byte> Await(int peer)
    {
        if (!TryTake(peer, out ReadOnlyMemory<byte> frame))
        {
            long began = Stopwatch.GetTimestamp();
            frame = WaitFor(peer);
            Waited += Stopwatch.GetElapsedTime(began);
        }
        return frame;
    }

    private bool TryTake(int peer, out ReadOnlyMemory<byte> frame)
    {
        if (
            _peers[peer].Memory() is { } memory
            && memory.TryReceive(Epoch, _round, ref _taken, out int length)
        )
        {
            frame = _taken.AsMemory(0, length);
            lock (_gate)
            {
                _expected[peer] = Math.Max(_expected[peer], _round + 1);
            }
            return true;
        }
        lock (_gate)
        {
            bool isHere = _arrived[peer].TryPeek(out Arrived arrived) && arrived.Round == _round;
            frame = isHere ? _arrived[peer].Dequeue().Content : default;
            return isHere;
        }
    }

    /// <summary>Spins, then leaves the core to others, then sleeps until there may be something new.</summary>
    private ReadOnlyMemory<byte> WaitFor(int peer)
    {
        _waitingFor = _peers[peer].Name;
        _waitingAt = peer;
        int spins = Parties <= Environment.ProcessorCount ? Spins : 0;
        int look = 0;
        ReadOnlyMemory<byte> frame;
        while (!TryTake(peer, out frame))
        {
            if (_aborted)
            {
                throw new PeerGoneException();
            }
            if (_peers[peer].Memory() is not { } memory)
            {
                SleepOnNetwork(peer);
            }
            else if (look < spins)
            {
                look++;
                Thread.SpinWait(PausesPerSpin);
            }
            else if (look < spins + Yields)
            {
                look++;
                Thread.Yield();
            }
            else if (!memory.IsSleepAnnounced)
            {
                memory.AnnounceSleep();
            }
            else
            {
                memory.Sleep(LongestSleep);
            }
        }
        _peers[peer].Memory()?.EndSleep();
        _waitingAt = NoPeer;
        _waitingFor = null;
        return frame;
    }

    /// <summary>Until something has come over the network, or there is another way.</summary>
    private void SleepOnNetwork(int peer)
    {
        lock (_gate)
        {
            if (_arrived[peer].Count == 0 && !_aborted && _peers[peer].Memory() is null)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private readonly record struct Arrived(long Round, ReadOnlyMemory<byte> Content);
}
