using System;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.State;

/// <summary>The bytes themselves: a frozen machine is read by programs of another day.</summary>
public class StateWriterTests
{
    private static byte[] Written(Action<StateWriter> write)
    {
        StateWriter writer = new(capacity: 1);
        write(writer);
        return writer.ToArray();
    }

    [Fact]
    public void Numbers_take_seven_bits_a_byte_and_signed_ones_zigzag()
    {
        Assert.Equal([0x7f], Written(writer => writer.WriteUInt64(0x7f)));
        Assert.Equal([0x80, 0x01], Written(writer => writer.WriteUInt64(0x80)));
        Assert.Equal([0xff, 0x7f], Written(writer => writer.WriteUInt64(0x3fff)));
        Assert.Equal([0], Written(writer => writer.WriteInt64(0)));
        Assert.Equal([1], Written(writer => writer.WriteInt64(-1)));
        Assert.Equal([2], Written(writer => writer.WriteInt64(1)));
        Assert.Equal([3], Written(writer => writer.WriteInt32(-2)));
        Assert.Equal([5], Written(writer => writer.WriteCount(5)));
        Assert.Equal([9], Written(writer => writer.Write(new EntityId(9))));
        Assert.Equal([1], Written(writer => writer.WriteBool(true)));
        Assert.Equal([0], Written(writer => writer.WriteBool(false)));
        Assert.Equal(
            [1, 2, 3, 4, 5, 6, 7, 8],
            Written(writer => writer.WriteFixed64(0x0807_0605_0403_0201))
        );
    }

    [Fact]
    public void Block_has_its_length_before_it()
    {
        byte[] bytes = Written(writer =>
        {
            writer.WriteByte(9);
            int block = writer.BeginBlock();
            writer.WriteByte(7);
            writer.WriteByte(8);
            writer.EndBlock(block);
            writer.WriteByte(6);
        });
        Assert.Equal([9, 2, 0, 0, 0, 7, 8, 6], bytes);
    }

    [Fact]
    public void Reader_of_a_block_stops_at_its_end_and_counts_from_the_beginning_of_all()
    {
        StateReader reader = new(new byte[] { 9, 2, 0, 0, 0, 7, 8, 6 });
        Assert.Equal(9, reader.ReadByte());
        StateReader block = reader.ReadBlock();
        Assert.Equal((5, 2), (block.Position, block.Left));
        Assert.Equal(7, block.ReadByte());
        Assert.Equal(8, block.ReadByte());
        Assert.Throws<StateFormatException>(() => block.ReadByte());
        Assert.Equal((7, 1), (reader.Position, reader.Left));
        Assert.Equal(6, reader.ReadByte());
    }

    [Fact]
    public void Buffer_grows_for_whatever_comes()
    {
        StateWriter writer = new(capacity: 1);
        for (int i = 0; i < 1_000; i++)
        {
            writer.WriteByte((byte)(i % 251));
            writer.WriteFixed64((ulong)i);
        }
        writer.WriteText(new string('x', 5_000));
        Assert.Equal(9_000 + 2 + 5_000, writer.Length);
        StateReader reader = new(writer.ToArray());
        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal(i % 251, reader.ReadByte());
            Assert.Equal((ulong)i, reader.ReadFixed64());
        }
        Assert.Equal(5_000, reader.ReadText().Length);
        writer.Clear();
        Assert.Equal(0, writer.Length);
        Assert.Empty(writer.ToArray());
    }

    [Fact]
    public void Numbers_at_the_ends_of_their_ranges_come_back_and_one_beyond_is_refused()
    {
        Assert.Equal(int.MaxValue, Read(w => w.WriteInt64(int.MaxValue), r => r.ReadInt32()));
        Assert.Equal(int.MinValue, Read(w => w.WriteInt64(int.MinValue), r => r.ReadInt32()));
        Refuses(w => w.WriteInt64(int.MaxValue + 1L), r => r.ReadInt32());
        Refuses(w => w.WriteInt64(int.MinValue - 1L), r => r.ReadInt32());
        Assert.Equal(uint.MaxValue, Read(w => w.WriteUInt64(uint.MaxValue), r => r.ReadUInt32()));
        Refuses(w => w.WriteUInt64(uint.MaxValue + 1UL), r => r.ReadUInt32());
        Assert.Equal(ulong.MaxValue, Read(w => w.WriteUInt64(ulong.MaxValue), r => r.ReadUInt64()));
        Assert.Equal(long.MinValue, Read(w => w.WriteInt64(long.MinValue), r => r.ReadInt64()));
        Assert.True(Read(w => w.WriteByte(1), r => r.ReadBool()));
        Assert.Equal(
            int.MaxValue,
            Read(w => w.WriteUInt64(int.MaxValue), r => r.ReadEntity()).Index
        );
        Refuses(w => w.WriteUInt64(int.MaxValue + 1UL), r => r.ReadEntity());
        Refuses(w => w.Write(VirtualDuration.FromNanoseconds(-1)), r => r.ReadCount());
    }

    [Fact]
    public void Count_may_be_as_great_as_what_is_left()
    {
        Assert.Equal(2, new StateReader(new byte[] { 2, 0, 0 }).ReadCount());
        Assert.Equal("ab", new StateReader("\u0002ab"u8.ToArray()).ReadText());
        StateReader whole = new(new byte[] { 1, 0, 0, 0, 5 });
        Assert.Equal(5, whole.ReadBlock().ReadByte());
        whole.ExpectEnd();
    }

    [Fact]
    public void Memory_that_is_no_array_is_read_all_the_same()
    {
        using System.Buffers.IMemoryOwner<byte> native = new NativeBytes();
        StateReader reader = new(native.Memory);
        Assert.Equal(4, reader.Left);
        Assert.Equal(3, reader.ReadByte());
    }

    private static T Read<T>(Action<StateWriter> write, Func<StateReader, T> read)
    {
        StateReader reader = new(Written(write));
        T value = read(reader);
        reader.ExpectEnd();
        return value;
    }

    private static void Refuses<T>(Action<StateWriter> write, Func<StateReader, T> read) =>
        Assert.Throws<StateFormatException>(() => read(new StateReader(Written(write))));

    /// <summary>Four bytes, of which nobody gets the array.</summary>
    private sealed class NativeBytes : System.Buffers.MemoryManager<byte>
    {
        private readonly byte[] _bytes = [3, 1, 4, 1];

        public override Span<byte> GetSpan() => _bytes;

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing) { }
    }
}
