using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PvTimer.TestKit.Clocks;

/// <summary>
/// The connections between those that live by one clock: how many frames one end has written and the other not read.
/// One that is still being opened is waited for, too; one that only has an end here, to a client by the wall or to a
/// stranger, is not, nor is one of a node that has ended, whenever its end is noticed or its opening comes to nothing.
/// Any thread.
/// </summary>
internal sealed class ClockedWires
{
    private readonly ConcurrentDictionary<(int Opener, int Taker), Wire> _wires = [];
    private long _arrived;

    /// <summary>How many frames were read so far.</summary>
    public long Arrived => Volatile.Read(ref _arrived);

    /// <summary>All was read.</summary>
    public bool AreEmpty => _wires.Values.All(wire => wire.IsEmpty);

    /// <summary>What was on its way at the last <see cref="Mark"/> was read.</summary>
    public bool ArePastDelivered => _wires.Values.All(wire => wire.IsPastDelivered);

    /// <summary>Those on which something is on its way, as a reader wants to know it.</summary>
    public IEnumerable<string> NotEmpty() =>
        _wires.Values.Where(wire => !wire.IsEmpty).Select(wire => $"{wire}");

    /// <summary>A step begins.</summary>
    public void Mark()
    {
        foreach (Wire wire in _wires.Values)
        {
            wire.Mark();
        }
    }

    /// <summary>An end of a connection.</summary>
    /// <param name="ports">From which, and to which: both ends know them.</param>
    /// <param name="system">Whose it is.</param>
    /// <param name="isOpener">Which end.</param>
    public End Attach((int Opener, int Taker) ports, ClockedSystem system, bool isOpener)
    {
        Wire wire = _wires.GetOrAdd(ports, static _ => new Wire());
        if (isOpener)
        {
            wire.OpenedBy(system, to: system.Clock.ListenerAt(ports.Taker));
        }
        else
        {
            wire.TakenBy(system);
        }
        return new End(this, ports, wire, isOpener);
    }

    /// <summary>All connections of one that has ended.</summary>
    public void RemoveOf(ClockedSystem system)
    {
        foreach (((int, int) ports, Wire wire) in _wires)
        {
            if (wire.IsOf(system) || ports.Item2 == system.Port)
            {
                _wires.TryRemove(ports, out _);
            }
        }
    }

    /// <summary>One end of a connection.</summary>
    internal sealed class End(ClockedWires wires, (int, int) ports, Wire wire, bool isOpener)
    {
        /// <summary>A frame is written.</summary>
        public void Write() => Interlocked.Increment(ref wire.WrittenBy(isOpener));

        /// <summary>It was not, after all.</summary>
        public void TakeBack() => Interlocked.Decrement(ref wire.WrittenBy(isOpener));

        /// <summary>A frame of the other end was read, and handed on.</summary>
        public void Read()
        {
            Interlocked.Increment(ref wire.ReadOf(!isOpener));
            Interlocked.Increment(ref wires._arrived);
        }

        /// <summary>This end is in use.</summary>
        public void Settle() => wire.Settle(isOpener);

        /// <summary>The connection has ended: what was on its way is lost.</summary>
        public void Cut() =>
            wires._wires.TryRemove(new KeyValuePair<(int, int), Wire>(ports, wire));
    }

    /// <summary>A connection: both ways.</summary>
    internal sealed class Wire
    {
        private ClockedSystem? _opener;
        private ClockedSystem? _taker;
        private long _out;
        private long _outRead;
        private long _outMark;
        private long _back;
        private long _backRead;
        private long _backMark;
        private volatile bool _isOpenerSettled;
        private volatile bool _isTakerSettled;

        /// <summary>One of those that live by the clock has opened it, to another of them, and neither has ended.</summary>
        private bool IsOurs =>
            Volatile.Read(ref _opener) is { HasEnded: false }
            && Volatile.Read(ref _taker) is { HasEnded: false };

        private bool IsSettled => _isOpenerSettled && _isTakerSettled;

        public bool IsEmpty =>
            !IsOurs
            || (
                IsSettled
                && Volatile.Read(ref _outRead) >= Volatile.Read(ref _out)
                && Volatile.Read(ref _backRead) >= Volatile.Read(ref _back)
            );

        public bool IsPastDelivered =>
            !IsOurs
            || (
                IsSettled
                && Volatile.Read(ref _outRead) >= Math.Min(_outMark, Volatile.Read(ref _out))
                && Volatile.Read(ref _backRead) >= Math.Min(_backMark, Volatile.Read(ref _back))
            );

        /// <summary>The clock's thread. What is taken back afterwards does not count.</summary>
        public void Mark()
        {
            _outMark = Volatile.Read(ref _out);
            _backMark = Volatile.Read(ref _back);
        }

        /// <param name="system">Who has opened it.</param>
        /// <param name="to">Which node listens there; null: none does any more.</param>
        public void OpenedBy(ClockedSystem system, ClockedSystem? to)
        {
            Interlocked.CompareExchange(ref _taker, to, null);
            Volatile.Write(ref _opener, system);
        }

        public void TakenBy(ClockedSystem system) => Volatile.Write(ref _taker, system);

        public void Settle(bool isOpener)
        {
            if (isOpener)
            {
                _isOpenerSettled = true;
            }
            else
            {
                _isTakerSettled = true;
            }
        }

        public override string ToString() =>
            $"{(IsSettled ? "frames on" : "the opening of")} a connection of {_opener?.Name} to {_taker?.Name}";

        public bool IsOf(ClockedSystem system) =>
            Volatile.Read(ref _opener) == system || Volatile.Read(ref _taker) == system;

        public ref long WrittenBy(bool opener) => ref opener ? ref _out : ref _back;

        public ref long ReadOf(bool opener) => ref opener ? ref _outRead : ref _backRead;
    }
}
