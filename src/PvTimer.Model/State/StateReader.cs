using System;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Model.State;

/// <summary>
/// Reads what a <see cref="StateWriter"/> wrote. It never reads beyond its bytes, and never believes a count
/// that the bytes left over could not hold: every method throws <see cref="StateFormatException"/> instead.
/// </summary>
public sealed class StateReader
{
    private const int More = 0x80;
    private const int HighestShift = 63;

    private readonly byte[] _bytes;
    private readonly int _origin;
    private readonly int _end;
    private int _position;

    public StateReader(ReadOnlyMemory<byte> bytes)
    {
        if (!MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment))
        {
            segment = new ArraySegment<byte>(bytes.ToArray());
        }
        _bytes = segment.Array!;
        _origin = segment.Offset;
        _position = _origin;
        _end = _origin + segment.Count;
    }

    private StateReader(StateReader outer, int length)
    {
        _bytes = outer._bytes;
        _origin = outer._origin;
        _position = outer._position;
        _end = outer._position + length;
    }

    /// <summary>Bytes from the beginning of the memory that was handed in.</summary>
    public int Position => _position - _origin;

    /// <summary>Bytes that are left.</summary>
    public int Left => _end - _position;

    public byte ReadByte()
    {
        if (_position >= _end)
        {
            throw Damaged("it ends too early");
        }
        return _bytes[_position++];
    }

    public bool ReadBool()
    {
        byte value = ReadByte();
        return value <= 1 ? value == 1 : throw Damaged($"{value} is neither yes nor no");
    }

    public ulong ReadUInt64()
    {
        if (_position < _end && _bytes[_position] < More)
        {
            return _bytes[_position++];
        }
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            ulong next = ReadByte();
            if (shift == HighestShift && next > 1)
            {
                throw Damaged("a number has more than 64 bits");
            }
            value |= (next & 0x7f) << shift;
            if (next < More)
            {
                return value;
            }
        }
    }

    public long ReadInt64()
    {
        ulong zigzag = ReadUInt64();
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    public int ReadInt32()
    {
        long value = ReadInt64();
        return value is >= int.MinValue and <= int.MaxValue
            ? (int)value
            : throw Damaged($"{value} does not fit into 32 bits");
    }

    public uint ReadUInt32()
    {
        ulong value = ReadUInt64();
        return value <= uint.MaxValue
            ? (uint)value
            : throw Damaged($"{value} does not fit into 32 bits");
    }

    /// <summary>A number of things that follow, each at least one byte long.</summary>
    public int ReadCount()
    {
        ulong count = ReadUInt64();
        return count <= (ulong)Left
            ? (int)count
            : throw Damaged($"{count} things cannot follow in {Left} bytes");
    }

    public ulong ReadFixed64()
    {
        Need(sizeof(ulong));
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(_position));
        _position += sizeof(ulong);
        return value;
    }

    public string ReadText()
    {
        int length = ReadCount();
        string text = Encoding.UTF8.GetString(_bytes.AsSpan(_position, length));
        _position += length;
        return text;
    }

    public VirtualTime ReadTime() =>
        VirtualTime.Zero + VirtualDuration.FromNanoseconds(ReadInt64());

    public VirtualDuration ReadDuration() => VirtualDuration.FromNanoseconds(ReadInt64());

    public TscTicks ReadTsc() => new(ReadUInt64());

    public TscClock ReadClock()
    {
        TscTicks atStart = ReadTsc();
        long kilohertz = ReadInt64();
        return kilohertz is >= 1 and <= 100_000_000
            ? new TscClock(atStart, TscFrequency.FromKilohertz(kilohertz)) { Since = ReadTime() }
            : throw Damaged($"{kilohertz} kHz is no rate of a TSC");
    }

    public EntityId ReadEntity()
    {
        ulong index = ReadUInt64();
        return index <= int.MaxValue
            ? new EntityId((int)index)
            : throw Damaged($"{index} is no entity");
    }

    public TscTicks? ReadOptionalTsc() => ReadBool() ? ReadTsc() : null;

    public VirtualTime? ReadOptionalTime() => ReadBool() ? ReadTime() : null;

    public EntityId? ReadOptionalEntity() => ReadBool() ? ReadEntity() : null;

    public ImmutableArray<byte> ReadBytes()
    {
        int length = ReadCount();
        ImmutableArray<byte> bytes = ImmutableArray.Create(_bytes.AsSpan(_position, length));
        _position += length;
        return bytes;
    }

    /// <summary>One of the enumeration's own values, whose numbers are 32 bits wide.</summary>
    public T ReadEnumeration<T>()
        where T : struct, Enum
    {
        int number = ReadInt32();
        T value = System.Runtime.CompilerServices.Unsafe.BitCast<int, T>(number);
        return Enum.IsDefined(value) ? value : throw Damaged($"{number} is no {typeof(T).Name}");
    }

    /// <summary>The inside of a block, as a reader of its own; this one goes on behind it.</summary>
    public StateReader ReadBlock()
    {
        Need(sizeof(uint));
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(_position));
        _position += sizeof(uint);
        if (length > (uint)Left)
        {
            throw Damaged($"a block of {length} bytes cannot follow in {Left} bytes");
        }
        StateReader block = new(this, (int)length);
        _position += (int)length;
        return block;
    }

    /// <exception cref="StateFormatException">Something is left.</exception>
    public void ExpectEnd()
    {
        if (Left > 0)
        {
            throw Damaged($"{Left} bytes too many");
        }
    }

    /// <summary>What to throw when the bytes make no sense here.</summary>
    public StateFormatException Damaged(string what) => new(what, Position);

    private void Need(int bytes)
    {
        if (Left < bytes)
        {
            throw Damaged("it ends too early");
        }
    }
}
