using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.State;

/// <summary>
/// One walk over the fields of an object, in either direction. Each method takes what the field holds and
/// returns what it shall hold: the same when freezing, what the bytes say when thawing. So one statement per
/// field serves both: <c>_epoch = state.Value(_epoch);</c>
/// </summary>
public sealed class StateTransfer
{
    private readonly StateWriter? _writer;
    private readonly StateReader? _reader;

    /// <summary>Freezes.</summary>
    public StateTransfer(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
    }

    /// <summary>Thaws.</summary>
    public StateTransfer(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _reader = reader;
    }

    public bool IsThawing => _reader is not null;

    public bool Value(bool value)
    {
        if (_reader is not null)
        {
            return _reader.ReadBool();
        }
        _writer!.WriteBool(value);
        return value;
    }

    public byte Value(byte value)
    {
        if (_reader is not null)
        {
            return _reader.ReadByte();
        }
        _writer!.WriteByte(value);
        return value;
    }

    public int Value(int value)
    {
        if (_reader is not null)
        {
            return _reader.ReadInt32();
        }
        _writer!.WriteInt32(value);
        return value;
    }

    public uint Value(uint value)
    {
        if (_reader is not null)
        {
            return _reader.ReadUInt32();
        }
        _writer!.WriteUInt64(value);
        return value;
    }

    public long Value(long value)
    {
        if (_reader is not null)
        {
            return _reader.ReadInt64();
        }
        _writer!.WriteInt64(value);
        return value;
    }

    public ulong Value(ulong value)
    {
        if (_reader is not null)
        {
            return _reader.ReadUInt64();
        }
        _writer!.WriteUInt64(value);
        return value;
    }

    public UInt128 Value(UInt128 value)
    {
        ulong high = Value((ulong)(value >> 64));
        return ((UInt128)high << 64) | Value((ulong)(value & ulong.MaxValue));
    }

    public VirtualTime Value(VirtualTime value)
    {
        if (_reader is not null)
        {
            return _reader.ReadTime();
        }
        _writer!.Write(value);
        return value;
    }

    public VirtualDuration Value(VirtualDuration value) =>
        VirtualDuration.FromNanoseconds(Value(value.Nanoseconds));

    public TscTicks Value(TscTicks value) => new(Value(value.Value));

    public TscClock Value(TscClock value)
    {
        if (_reader is not null)
        {
            return _reader.ReadClock();
        }
        _writer!.Write(value);
        return value;
    }

    public EntityId Value(EntityId value)
    {
        if (_reader is not null)
        {
            return _reader.ReadEntity();
        }
        _writer!.Write(value);
        return value;
    }

    /// <summary>One of the enumeration's own values, whose numbers are 32 bits wide.</summary>
    public T Enumeration<T>(T value)
        where T : struct, Enum
    {
        if (_reader is not null)
        {
            return _reader.ReadEnumeration<T>();
        }
        _writer!.WriteInt32(System.Runtime.CompilerServices.Unsafe.BitCast<T, int>(value));
        return value;
    }

    /// <summary>A value that may be missing.</summary>
    /// <param name="value">What the field holds.</param>
    /// <param name="transfer">For one that is there.</param>
    public T? Optional<T>(T? value, Func<StateTransfer, T, T> transfer)
        where T : struct
    {
        ArgumentNullException.ThrowIfNull(transfer);
        return Value(value.HasValue) ? transfer(this, value.GetValueOrDefault()) : null;
    }

    /// <summary>A value with its own way into bytes and out of them.</summary>
    public T Record<T>(T? value, Action<StateWriter, T> write, Func<StateReader, T> read)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        if (_reader is not null)
        {
            return read(_reader);
        }
        write(_writer!, value!);
        return value!;
    }

    /// <summary>Bytes that mean something to somebody else.</summary>
    public ImmutableArray<byte> Bytes(ImmutableArray<byte> value)
    {
        if (_reader is not null)
        {
            return _reader.ReadBytes();
        }
        _writer!.WriteBytes(value.AsSpan());
        return value;
    }

    /// <summary>A number of things that follow, each of them at least one byte long.</summary>
    public int Count(int count)
    {
        if (_reader is not null)
        {
            return _reader.ReadCount();
        }
        _writer!.WriteCount(count);
        return count;
    }

    /// <summary>The elements in their order; <paramref name="transfer"/> is never asked for none.</summary>
    public void List<T>(List<T> list, Func<StateTransfer, T, T> transfer)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(transfer);
        int count = Count(list.Count);
        if (IsThawing)
        {
            list.Clear();
        }
        for (int index = 0; index < count; index++)
        {
            if (IsThawing)
            {
                list.Add(transfer(this, default!));
            }
            else
            {
                transfer(this, list[index]);
            }
        }
    }

    /// <summary>The elements from head to tail.</summary>
    public void Queue<T>(Queue<T> queue, Func<StateTransfer, T, T> transfer)
    {
        ArgumentNullException.ThrowIfNull(queue);
        List<T> elements = [.. queue];
        List(elements, transfer);
        if (!IsThawing)
        {
            return;
        }
        queue.Clear();
        foreach (T element in elements)
        {
            queue.Enqueue(element);
        }
    }

    /// <summary>The elements from head to tail.</summary>
    internal void Queue<T>(ref SmallQueue<T> queue, Func<StateTransfer, T, T> transfer)
    {
        int count = Count(queue.Count);
        if (IsThawing)
        {
            queue = default;
        }
        for (int index = 0; index < count; index++)
        {
            if (IsThawing)
            {
                queue.Enqueue(transfer(this, default!));
            }
            else
            {
                transfer(this, queue[index]);
            }
        }
    }

    /// <summary>What is kept by entity, in the order of the entities.</summary>
    /// <param name="entries">Emptied and filled when thawing.</param>
    /// <param name="transfer">Handed the entity, and its value or (thawing) default.</param>
    internal void ByEntity<T>(
        ref EntityMap<T> entries,
        Func<StateTransfer, EntityId, T?, T> transfer
    )
    {
        int count = Count(entries.Count);
        if (!IsThawing)
        {
            foreach ((EntityId key, _) in entries.Entries)
            {
                Value(key);
            }
            foreach ((EntityId key, T value) in entries.Entries)
            {
                transfer(this, key, value);
            }
            return;
        }
        var keys = new EntityId[count];
        for (int index = 0; index < count; index++)
        {
            keys[index] = Value(default(EntityId));
        }
        entries = default;
        foreach (EntityId key in keys)
        {
            if (!entries.TryAdd(key, transfer(this, key, default)))
            {
                throw Damaged($"entity {key} comes twice");
            }
        }
    }

    /// <summary>Counters that are mostly zero: those that are not, each with its place.</summary>
    public void Sparse(int[] counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        int left = Count(counters.Length - counters.AsSpan().Count(0));
        if (!IsThawing)
        {
            for (int place = 0; place < counters.Length; place++)
            {
                if (counters[place] != 0)
                {
                    Value(place);
                    Value(counters[place]);
                }
            }
            return;
        }
        Array.Clear(counters);
        for (; left > 0; left--)
        {
            int place = Value(0);
            if (place < 0 || place >= counters.Length)
            {
                throw Damaged($"there is no counter {place} among {counters.Length}");
            }
            counters[place] = Value(0);
        }
    }

    /// <summary>
    /// How often each number came: in the order in which they came first (a dictionary that nothing is removed
    /// from keeps it), each number as its distance from the one before. There may be millions of them.
    /// </summary>
    /// <param name="counts">Emptied and filled when thawing.</param>
    public void Tally(Dictionary<long, long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        int left = Count(counts.Count);
        if (_reader is null)
        {
            _writer!.WriteTally(counts);
            return;
        }
        counts.Clear();
        counts.EnsureCapacity(left);
        Int128 number = 0;
        for (; left > 0; left--)
        {
            number += _reader.ReadInt64();
            bool isNew = number >= long.MinValue && number <= long.MaxValue;
            if (!isNew || !counts.TryAdd((long)number, _reader.ReadInt64()))
            {
                throw Damaged("a number is counted twice, or lies beyond 64 bits");
            }
        }
    }

    /// <summary>What to throw when the bytes make no sense, or (freezing) the state itself does not.</summary>
    public Exception Damaged(string what) =>
        _reader is not null ? _reader.Damaged(what) : new InvalidOperationException(what);
}
