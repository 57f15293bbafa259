using System;
using System.Runtime.CompilerServices;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// The pending events of one region, smallest key first: a 4-ary heap. Adding and removing cost
/// O(log n) and allocate nothing once the arrays have grown.
/// </summary>
/// <remarks>
/// The heap proper holds keys without references, so that moving them needs no write barrier; messages
/// wait in slots beside it. A removal leaves a hole at the root, because most events schedule another one:
/// that one then starts at the root, and one sift serves for both.
/// </remarks>
public sealed class EventQueue
{
    private const int Arity = 4;
    private const int InitialCapacity = 256;
    private const int NoSlot = -1;

    private Node[] _nodes = new Node[InitialCapacity];
    private Slot[] _slots = new Slot[InitialCapacity];
    private int _nodeCount;
    private int _slotCount;
    private int _freeSlot = NoSlot;
    private bool _holeAtRoot;

    private struct Node
    {
        public long Time;
        public long Sequence;
        public int Source;
        public int Slot;
    }

    private struct Slot
    {
        public Message? Message;

        /// <summary>The target's index; in a free slot the next free one.</summary>
        public int Target;
    }

    /// <summary>The time of the event removed last: nothing can be added before it.</summary>
    public VirtualTime Now { get; private set; }

    public int Count => _holeAtRoot ? _nodeCount - 1 : _nodeCount;

    /// <summary>The time of the next event; <see cref="VirtualTime.MaxValue"/> if there is none.</summary>
    public VirtualTime NextTime
    {
        get
        {
            if (_holeAtRoot)
            {
                FillHole();
            }
            return _nodeCount == 0
                ? VirtualTime.MaxValue
                : VirtualTime.FromNanoseconds(_nodes[0].Time);
        }
    }

    /// <exception cref="InvalidOperationException">It lies in the past, or its key is not unique.</exception>
    public void Add(in PendingEvent pending)
    {
        if (pending.Key.Time < Now)
        {
            throw new InvalidOperationException(
                $"event {pending.Key} for entity {pending.Target} lies before the present, {Now}"
            );
        }
        var node = new Node
        {
            Time = pending.Key.Time.Nanoseconds,
            Source = pending.Key.Source.Index,
            Sequence = pending.Key.Sequence,
            Slot = Occupy(pending.Target, pending.Message),
        };
        if (_holeAtRoot)
        {
            _holeAtRoot = false;
            SiftDown(node);
            return;
        }
        if (_nodeCount == _nodes.Length)
        {
            Array.Resize(ref _nodes, _nodeCount * 2);
        }
        SiftUp(_nodeCount++, node);
    }

    /// <summary>Takes the event with the smallest key.</summary>
    /// <exception cref="InvalidOperationException">The queue is empty, or time would go back.</exception>
    public PendingEvent Remove()
    {
        VirtualTime time = NextTime;
        if (_nodeCount == 0 || time < Now)
        {
            throw new InvalidOperationException(
                _nodeCount == 0
                    ? "there is no event to remove"
                    : $"time went back from {Now} to {time}"
            );
        }
        Now = time;
        _holeAtRoot = true;
        ref Node root = ref _nodes[0];
        ref Slot slot = ref _slots[root.Slot];
        var removed = new PendingEvent(
            new EventKey(time, new EntityId(root.Source), root.Sequence),
            new EntityId(slot.Target),
            slot.Message!
        );
        slot.Message = null;
        slot.Target = _freeSlot;
        _freeSlot = root.Slot;
        return removed;
    }

    /// <summary>The event with the smallest key, which stays; null if there is none.</summary>
    public PendingEvent? First
    {
        get
        {
            VirtualTime time = NextTime;
            if (_nodeCount == 0)
            {
                return null;
            }
            ref Node root = ref _nodes[0];
            ref Slot slot = ref _slots[root.Slot];
            var key = new EventKey(time, new EntityId(root.Source), root.Sequence);
            return new PendingEvent(key, new EntityId(slot.Target), slot.Message!);
        }
    }

    /// <summary>All that is pending, in the order of the keys; the queue keeps it.</summary>
    public PendingEvent[] InOrder()
    {
        if (_holeAtRoot)
        {
            FillHole();
        }
        var pending = new PendingEvent[_nodeCount];
        for (int index = 0; index < _nodeCount; index++)
        {
            ref Node node = ref _nodes[index];
            ref Slot slot = ref _slots[node.Slot];
            pending[index] = new PendingEvent(
                new EventKey(
                    VirtualTime.FromNanoseconds(node.Time),
                    new EntityId(node.Source),
                    node.Sequence
                ),
                new EntityId(slot.Target),
                slot.Message!
            );
        }
        Array.Sort(pending, static (left, right) => left.Key.CompareTo(right.Key));
        return pending;
    }

    private int Occupy(EntityId target, Message message)
    {
        int index = _freeSlot;
        if (index == NoSlot)
        {
            if (_slotCount == _slots.Length)
            {
                Array.Resize(ref _slots, _slotCount * 2);
            }
            index = _slotCount++;
        }
        else
        {
            _freeSlot = _slots[index].Target;
        }
        _slots[index] = new Slot { Message = message, Target = target.Index };
        return index;
    }

    private void FillHole()
    {
        _holeAtRoot = false;
        Node last = _nodes[--_nodeCount];
        if (_nodeCount > 0)
        {
            SiftDown(last);
        }
    }

    private void SiftUp(int index, in Node node)
    {
        Node[] nodes = _nodes;
        while (index > 0)
        {
            int parent = (index - 1) / Arity;
            if (!Precedes(node, nodes[parent]))
            {
                break;
            }
            nodes[index] = nodes[parent];
            index = parent;
        }
        nodes[index] = node;
    }

    /// <summary>Moves the hole at the root down until <paramref name="node"/> fits into it.</summary>
    private void SiftDown(in Node node)
    {
        Span<Node> nodes = _nodes.AsSpan(0, _nodeCount);
        int hole = 0;
        for (int child = 1; child < nodes.Length; child = (hole * Arity) + 1)
        {
            int smallest = child;
            int end = Math.Min(child + Arity, nodes.Length);
            for (int sibling = child + 1; sibling < end; sibling++)
            {
                if (Precedes(nodes[sibling], nodes[smallest]))
                {
                    smallest = sibling;
                }
            }
            if (Precedes(node, nodes[smallest]))
            {
                break;
            }
            nodes[hole] = nodes[smallest];
            hole = smallest;
        }
        nodes[hole] = node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Precedes(in Node left, in Node right) =>
        left.Time != right.Time ? left.Time < right.Time : PrecedesAtOneInstant(left, right);

    private static bool PrecedesAtOneInstant(in Node left, in Node right)
    {
        if (left.Source != right.Source)
        {
            return left.Source < right.Source;
        }
        // A heap that holds two equal keys compares them before it gives out the first of them.
        return left.Sequence != right.Sequence
            ? left.Sequence < right.Sequence
            : throw new InvalidOperationException(
                $"two events have the key ({left.Time} ns, source {left.Source}, number {left.Sequence})"
            );
    }
}
