using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading;
using PvTimer.Actors.Windows;

namespace PvTimer.Sharding.Windows;

/// <summary>A node among those of a formation, as the one who sends it frames sees it.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="First">The first of its regions.</param>
/// <param name="Count">How many it has.</param>
/// <param name="Send">Takes a frame to it; in order, and either all of them or none after the first lost one.</param>
internal sealed record FramePeer(string Name, int First, int Count, Action<WindowFrame> Send);

/// <summary>
/// Carries the batches between the nodes of one formation: one frame to each node and one from each, every
/// round. What takes a frame from node to node is behind <see cref="FramePeer.Send"/>.
/// </summary>
internal sealed class FrameCarrier : IBatchCarrier
{
    /// <summary>A peer is at most one round ahead, and this node may not have taken the round before yet.</summary>
    internal const int MostRoundsAhead = 4;

    /// <summary>The greatest frame of a round, all its parts together [B].</summary>
    internal const long MostRoundBytes = 1_000_000_000;

    // Wiring
    private readonly ImmutableArray<FramePeer> _peers;
    private readonly int _self;
    private readonly FrameCodec _codec;

    // Volatile state
    private readonly object _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>>[] _arrived;
    private readonly List<ReadOnlyMemory<byte>>[] _parts;
    private readonly long[] _partBytes;
    private readonly long[] _expected;
    private long _round;
    private bool _aborted;
    private volatile string? _waitingFor;

    /// <param name="epoch">The formation.</param>
    /// <param name="peers">All its nodes in order, this one included.</param>
    /// <param name="self">Which of them this is.</param>
    public FrameCarrier(long epoch, ImmutableArray<FramePeer> peers, int self)
    {
        Epoch = epoch;
        _peers = peers;
        _self = self;
        _codec = new FrameCodec(peers[self]);
        _arrived = new Queue<ReadOnlyMemory<byte>>[peers.Length];
        _parts = new List<ReadOnlyMemory<byte>>[peers.Length];
        _partBytes = new long[peers.Length];
        _expected = new long[peers.Length];
        for (int peer = 0; peer < peers.Length; peer++)
        {
            _arrived[peer] = new Queue<ReadOnlyMemory<byte>>();
            _parts[peer] = [];
        }
    }

    public long Epoch { get; }

    /// <summary>What was sent to other nodes so far, in bytes.</summary>
    public long BytesSent { get; private set; }

    /// <summary>How long frames of other nodes were waited for so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The node whose frame is waited for; null if none is.</summary>
    public string? WaitingFor => _waitingFor;

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
            if (frame.Round != _expected[from] || frame.Part != _parts[from].Count)
            {
                throw new InvalidOperationException(
                    $"node {from} sent part {frame.Part} of round {frame.Round}; its next one is part {_parts[from].Count} of {_expected[from]}"
                );
            }
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
            _arrived[from].Enqueue(Join(_parts[from]));
            _parts[from].Clear();
            _expected[from]++;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The formation is over: whoever waits for a frame stops waiting. Any thread.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _aborted = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Send(FramePeer peer, ReadOnlyMemory<byte> content)
    {
        BytesSent += content.Length;
        int number = 0;
        do
        {
            int length = Math.Min(content.Length, WindowFrame.MaxContentBytes);
            ReadOnlyMemory<byte> part = content[..length];
            content = content[length..];
            peer.Send(new WindowFrame(Epoch, _round, _self, number++, content.IsEmpty, part));
        } while (!content.IsEmpty);
    }

    private ReadOnlyMemory<byte> Await(int peer)
    {
        lock (_gate)
        {
            if (_arrived[peer].Count == 0)
            {
                long began = Stopwatch.GetTimestamp();
                WaitFor(peer);
                Waited += Stopwatch.GetElapsedTime(began);
            }
            return _arrived[peer].Dequeue();
        }
    }

    private void WaitFor(int peer)
    {
        while (_arrived[peer].Count == 0)
        {
            if (_aborted)
            {
                throw new PeerGoneException();
            }
            _waitingFor = _peers[peer].Name;
            Monitor.Wait(_gate);
        }
        _waitingFor = null;
    }

    private static ReadOnlyMemory<byte> Join(List<ReadOnlyMemory<byte>> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }
        int length = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            length += part.Length;
        }
        byte[] whole = new byte[length];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.CopyTo(whole.AsMemory(at));
            at += part.Length;
        }
        return whole;
    }
}
