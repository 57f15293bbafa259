using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace PvTimer.Formats.Traces;

/// <summary>
/// The events of a trace, packed: 28 bytes for each, and its body where that is one of a kind. What is read
/// from it (<see cref="TraceEvent"/>) is put together on the way out.
/// </summary>
public sealed class TraceEventList : IReadOnlyList<TraceEvent>
{
    /// <summary>Events in a piece of memory: just small enough to stay off the large-object heap.</summary>
    private const int PieceSize = 2 * 1024;

    /// <summary>Set in <see cref="Packed.Cpu"/> where the stamp counts seconds.</summary>
    private const ushort SecondsBit = 0x8000;

    private readonly Store _store;

    /// <summary>Which event comes where; null: as they were added.</summary>
    private readonly int[]? _order;

    internal TraceEventList()
        : this(new Store(), null) { }

    private TraceEventList(Store store, int[]? order)
    {
        _store = store;
        _order = order;
    }

    /// <summary>How many there are.</summary>
    public int Length => _order?.Length ?? _store.Count;

    int IReadOnlyCollection<TraceEvent>.Count => Length;

    /// <summary>Event <paramref name="index"/>, from 0.</summary>
    public TraceEvent this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
            return _store.Unpack(_store[_order?[index] ?? index]);
        }
    }

    /// <summary>
    /// The same events by their times, those of one time as they stand here. Nothing is copied but the order.
    /// </summary>
    public TraceEventList InTime()
    {
        if (IsInTime())
        {
            return this;
        }
        int[] order = new int[Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = _order?[i] ?? i;
        }
        // The places stand in the order of the file: they decide between equal times.
        Array.Sort(
            order,
            (one, other) =>
            {
                int byTime = _store[one].At.CompareTo(_store[other].At);
                return byTime != 0 ? byTime : one.CompareTo(other);
            }
        );
        return new TraceEventList(_store, order);
    }

    /// <summary>Goes through the events.</summary>
    public Enumerator GetEnumerator() => new(this);

    IEnumerator<TraceEvent> IEnumerable<TraceEvent>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The time stamp of event <paramref name="index"/>.</summary>
    internal ulong StampOf(int index) => _store[_order?[index] ?? index].At;

    internal int CpuOf(int index) => _store[_order?[index] ?? index].Cpu & ~SecondsBit;

    internal TraceClock ClockOf(int index) =>
        (_store[_order?[index] ?? index].Cpu & SecondsBit) != 0
            ? TraceClock.Seconds
            : TraceClock.TscCycles;

    /// <summary>The events but some.</summary>
    /// <param name="places">Which, ascending.</param>
    internal TraceEventList Without(IReadOnlyList<int> places)
    {
        if (places.Count == 0)
        {
            return this;
        }
        int[] order = new int[Length - places.Count];
        int left = 0;
        for (int i = 0; i < Length; i++)
        {
            bool leave = left < places.Count && places[left] == i;
            left += leave ? 1 : 0;
            if (!leave)
            {
                order[i - left] = _order?[i] ?? i;
            }
        }
        return new TraceEventList(_store, order);
    }

    internal void Add(in TraceLine line, long number) => _store.Add(line, number);

    private bool IsInTime()
    {
        for (int i = 1; i < Length; i++)
        {
            if (_store[_order?[i] ?? i].At < _store[_order?[i - 1] ?? (i - 1)].At)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Goes through the events without making an object.</summary>
    public struct Enumerator : IEnumerator<TraceEvent>
    {
        private readonly TraceEventList _list;
        private int _index;

        internal Enumerator(TraceEventList list)
        {
            _list = list;
            _index = -1;
        }

        /// <summary>The event it stands at.</summary>
        public readonly TraceEvent Current => _list[_index];

        readonly object IEnumerator.Current => Current;

        /// <summary>On to the next; false at the end.</summary>
        public bool MoveNext() => ++_index < _list.Length;

        /// <summary>Back to before the first.</summary>
        public void Reset() => _index = -1;

        /// <summary>Nothing to do.</summary>
        public readonly void Dispose() { }
    }

    /// <summary>One event: 28 bytes, its words by number, its body by address.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal readonly record struct Packed(
        ulong At,
        uint Line,
        int Pid,
        uint Body,
        ushort Cpu,
        ushort Task,
        ushort Flags,
        ushort Name
    );

    private sealed class Store
    {
        private readonly List<Packed[]> _pieces = [];
        private readonly Utf8Table _tasks = new();
        private readonly Utf8Table _flags = new();
        private readonly Utf8Table _names = new();
        private readonly Utf8Arena _bodies = new();

        public int Count { get; private set; }

        public ref readonly Packed this[int index] =>
            ref _pieces[index / PieceSize][index % PieceSize];

        public void Add(in TraceLine line, long number)
        {
            if (Count == _pieces.Count * PieceSize)
            {
                _pieces.Add(new Packed[PieceSize]);
            }
            _pieces[^1][Count % PieceSize] = new Packed(
                line.At,
                (uint)Math.Min(number, uint.MaxValue),
                line.Pid,
                _bodies.Add(
                    TraceEvent.SaysWhatIsRead(line.Name) ? line.Body : [],
                    !line.Name.EndsWith("_msr"u8)
                ),
                (ushort)(line.Cpu | (line.Clock == TraceClock.Seconds ? SecondsBit : 0)),
                _tasks.Add(line.Task),
                _flags.Add(line.Flags),
                _names.Add(line.Name)
            );
            Count++;
        }

        public TraceEvent Unpack(in Packed packed) =>
            new(
                packed.Line,
                packed.Cpu & ~SecondsBit,
                _tasks[packed.Task],
                packed.Pid,
                _flags[packed.Flags],
                packed.At,
                _names[packed.Name],
                _bodies[packed.Body]
            );
    }
}
