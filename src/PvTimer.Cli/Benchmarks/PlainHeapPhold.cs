using System;
using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// PHOLD without an engine: a loop over a 4-ary heap of plain structs, no message objects, no interfaces,
/// no checks. The same computation, order and trace hash; what every engine is measured against.
/// </summary>
internal sealed class PlainHeapPhold
{
    private const int Arity = 4;

    private readonly PholdParameters _parameters;
    private readonly PholdActor[] _actors;
    private readonly long[] _sent;
    private readonly TraceDigest[] _digests;
    private readonly Event[] _heap;
    private int _count;
    private bool _holeAtRoot;

    private struct Event
    {
        public long Time;
        public long Sequence;
        public int Source;
        public int Target;
        public ulong Value;
        public bool IsStart;
    }

    public PlainHeapPhold(PholdParameters parameters)
    {
        _parameters = parameters;
        _actors = new PholdActor[parameters.Actors];
        _sent = new long[parameters.Actors];
        _digests = new TraceDigest[parameters.Actors];
        _heap = new Event[(parameters.Actors * (parameters.TokensPerActor + 1)) + 1];
        for (int index = 0; index < parameters.Actors; index++)
        {
            _actors[index] = new PholdActor(parameters, index);
            Add(
                new Event
                {
                    Sequence = _sent[index]++,
                    Source = index,
                    Target = index,
                    IsStart = true,
                }
            );
        }
    }

    public RunOutcome Run()
    {
        long events = 0;
        while (TryRemove(_parameters.DurationNanoseconds, out Event next))
        {
            events++;
            ref TraceDigest digest = ref _digests[next.Target];
            digest.Add(next.Time);
            digest.Add((long)next.Source);
            digest.Add(next.Sequence);
            if (next.IsStart)
            {
                digest.Add((long)MessageKind.Start);
                for (int count = 0; count < _parameters.TokensPerActor; count++)
                {
                    PassOn(next.Time, next.Target, (ulong)count);
                }
            }
            else
            {
                digest.Add(PholdActor.TokenKind);
                digest.Add(next.Value);
                PassOn(next.Time, next.Target, next.Value);
            }
        }
        ulong[] digests = Array.ConvertAll(_digests, digest => digest.Value);
        return new RunOutcome(
            TraceHash.Of(digests),
            events,
            Model.Time.VirtualTime.FromNanoseconds(_parameters.DurationNanoseconds),
            Interrupted: false
        );
    }

    private void PassOn(long now, int actor, ulong value)
    {
        PholdMove move = _actors[actor].Move(value);
        Add(
            new Event
            {
                Time = now + move.Delay,
                Sequence = _sent[actor]++,
                Source = actor,
                Target = move.Target,
                Value = move.Value,
            }
        );
    }

    private void Add(in Event added)
    {
        if (_holeAtRoot)
        {
            _holeAtRoot = false;
            SiftDown(added);
            return;
        }
        int index = _count++;
        while (index > 0 && Precedes(added, _heap[(index - 1) / Arity]))
        {
            _heap[index] = _heap[(index - 1) / Arity];
            index = (index - 1) / Arity;
        }
        _heap[index] = added;
    }

    private bool TryRemove(long end, out Event removed)
    {
        if (_holeAtRoot)
        {
            _holeAtRoot = false;
            Event last = _heap[--_count];
            if (_count > 0)
            {
                SiftDown(last);
            }
        }
        removed = _heap[0];
        _holeAtRoot = _count > 0 && removed.Time < end;
        return _holeAtRoot;
    }

    private void SiftDown(in Event placed)
    {
        Span<Event> heap = _heap.AsSpan(0, _count);
        int hole = 0;
        for (int child = 1; child < heap.Length; child = (hole * Arity) + 1)
        {
            int smallest = child;
            int end = Math.Min(child + Arity, heap.Length);
            for (int sibling = child + 1; sibling < end; sibling++)
            {
                if (Precedes(heap[sibling], heap[smallest]))
                {
                    smallest = sibling;
                }
            }
            if (Precedes(placed, heap[smallest]))
            {
                break;
            }
            heap[hole] = heap[smallest];
            hole = smallest;
        }
        heap[hole] = placed;
    }

    private static bool Precedes(in Event left, in Event right)
    {
        if (left.Time != right.Time)
        {
            return left.Time < right.Time;
        }
        return left.Source != right.Source
            ? left.Source < right.Source
            : left.Sequence < right.Sequence;
    }
}
