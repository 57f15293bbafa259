using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Text;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.State;

/// <summary>
/// A growing buffer of bytes. Whole numbers take 7 bits per byte, the lowest first, with the top bit set in
/// all bytes but the last (signed ones zigzag: 0, -1, 1, -2 ...); what is random anyway takes 8 bytes,
/// little-endian. Most of a machine's numbers are small, most of its times fit into five bytes.
/// </summary>
public sealed class StateWriter
{
    private const int LongestNumber = 10;
    private const int More = 0x80;

    private byte[] _bytes;
    private int _length;

    /// <param name="capacity">Bytes to begin with; it grows as needed.</param>
    public StateWriter(int capacity = 1024) => _bytes = new byte[Math.Max(capacity, 16)];

    /// <summary>What was written so far; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public int Length => _length;

    /// <summary>Begins anew in the same memory.</summary>
    public void Clear() => _length = 0;

    public byte[] ToArray() => Written.ToArray();

    public void WriteByte(byte value)
    {
        if (_length == _bytes.Length)
        {
            Grow(1);
        }
        _bytes[_length++] = value;
    }

    public void WriteBool(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteUInt64(ulong value)
    {
        Grow(LongestNumber);
        _length = Put(_bytes, _length, value);
    }

    public void WriteInt64(long value) => WriteUInt64(Zigzag(value));

    /// <summary>Each number as its distance from the one before, and its count; not how many there are.</summary>
    // A checkpoint calls it with a million numbers, but a few times in a minute: it would stay unoptimized.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void WriteTally(Dictionary<long, long> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        Grow(2 * LongestNumber * counts.Count);
        byte[] bytes = _bytes;
        int at = _length;
        long before = 0;
        foreach ((long number, long count) in counts)
        {
            at = Put(bytes, at, Zigzag(number - before));
            at = Put(bytes, at, Zigzag(count));
            before = number;
        }
        _length = at;
    }

    public void WriteInt32(int value) => WriteInt64(value);

    /// <summary>A number of things: never negative.</summary>
    public void WriteCount(int count) => WriteUInt64((ulong)count);

    /// <summary>64 bits with no smallness in them, such as a digest.</summary>
    public void WriteFixed64(ulong value)
    {
        if (_bytes.Length - _length < sizeof(ulong))
        {
            Grow(sizeof(ulong));
        }
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_length), value);
        _length += sizeof(ulong);
    }

    public void WriteText(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        int bytes = Encoding.UTF8.GetByteCount(value);
        WriteCount(bytes);
        Grow(bytes);
        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    public void Write(VirtualTime value) => WriteInt64(value.Nanoseconds);

    public void Write(VirtualDuration value) => WriteInt64(value.Nanoseconds);

    public void Write(TscTicks value) => WriteUInt64(value.Value);

    public void Write(TscClock value)
    {
        Write(value.AtStart);
        WriteInt64(value.Frequency.Kilohertz);
        Write(value.Since);
    }

    public void Write(EntityId value) => WriteCount(value.Index);

    /// <summary>Whether there is one, then which.</summary>
    public void Write(TscTicks? value)
    {
        WriteBool(value is not null);
        if (value is { } ticks)
        {
            Write(ticks);
        }
    }

    /// <inheritdoc cref="Write(TscTicks?)"/>
    public void Write(VirtualTime? value)
    {
        WriteBool(value is not null);
        if (value is { } time)
        {
            Write(time);
        }
    }

    /// <inheritdoc cref="Write(TscTicks?)"/>
    public void Write(EntityId? value)
    {
        WriteBool(value is not null);
        if (value is { } entity)
        {
            Write(entity);
        }
    }

    /// <summary>How many there are, then each.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteCount(bytes.Length);
        Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>A block that a reader can skip: its length goes before it.</summary>
    /// <returns>What <see cref="EndBlock"/> wants to know.</returns>
    public int BeginBlock()
    {
        Grow(sizeof(uint));
        _length += sizeof(uint);
        return _length;
    }

    /// <param name="block">As <see cref="BeginBlock"/> returned it.</param>
    public void EndBlock(int block) =>
        BinaryPrimitives.WriteUInt32LittleEndian(
            _bytes.AsSpan(block - sizeof(uint)),
            (uint)(_length - block)
        );

    private static ulong Zigzag(long value) => unchecked((ulong)((value << 1) ^ (value >> 63))); // reason: keeps all bits

    private static int Put(byte[] bytes, int at, ulong value)
    {
        while (value >= More)
        {
            bytes[at++] = (byte)((value & 0x7f) | More);
            value >>= 7;
        }
        bytes[at++] = (byte)value;
        return at;
    }

    private void Grow(int more)
    {
        if (_bytes.Length - _length < more)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more));
        }
    }
}
