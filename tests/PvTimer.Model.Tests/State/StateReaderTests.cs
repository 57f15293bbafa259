using System;
using CsCheck;
using PvTimer.Model.Apic;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.State;

/// <summary>What is written is read; what was not written is refused.</summary>
public class StateReaderTests
{
    [Fact]
    public void Numbers_of_every_length_come_back() =>
        Gen.Select(Gen.ULong, Gen.Long, Gen.Int, Gen.Int[0, 63])
            .Sample(
                (unsigned, signed, number, shift) =>
                {
                    StateWriter writer = new();
                    writer.WriteUInt64(unsigned >> shift);
                    writer.WriteInt64(signed >> shift);
                    writer.WriteInt32(number);
                    writer.WriteFixed64(unsigned);
                    StateReader reader = new(writer.ToArray());
                    Assert.Equal(unsigned >> shift, reader.ReadUInt64());
                    Assert.Equal(signed >> shift, reader.ReadInt64());
                    Assert.Equal(number, reader.ReadInt32());
                    Assert.Equal(unsigned, reader.ReadFixed64());
                    reader.ExpectEnd();
                }
            );

    [Fact]
    public void Blocks_texts_and_times_come_back()
    {
        StateWriter writer = new(capacity: 1);
        int block = writer.BeginBlock();
        writer.WriteText("h0/pcpu-0, µs");
        writer.EndBlock(block);
        writer.Write(VirtualTime.MaxValue);
        writer.Write(VirtualDuration.FromNanoseconds(-5));
        writer.Write(TscTicks.MaxValue);
        writer.Write(new EntityId(int.MaxValue));
        StateReader reader = new(writer.ToArray());
        StateReader inside = reader.ReadBlock();
        Assert.Equal("h0/pcpu-0, µs", inside.ReadText());
        inside.ExpectEnd();
        Assert.Equal(VirtualTime.MaxValue, reader.ReadTime());
        Assert.Equal(-5, reader.ReadDuration().Nanoseconds);
        Assert.Equal(TscTicks.MaxValue, reader.ReadTsc());
        Assert.Equal(int.MaxValue, reader.ReadEntity().Index);
        reader.ExpectEnd();
    }

    [Fact]
    public void A_part_of_a_larger_memory_is_all_that_is_read()
    {
        StateReader reader = new(new byte[] { 9, 1, 2, 9 }.AsMemory(1, 2));
        Assert.Equal(1, reader.ReadByte());
        Assert.Equal(2, reader.ReadByte());
        Assert.Equal(2, Assert.Throws<StateFormatException>(() => reader.ReadByte()).Position);
    }

    public static TheoryData<string, byte[], Action<StateReader>> Nonsense =>
        new()
        {
            { "it ends too early", [0x80], reader => reader.ReadUInt64() },
            { "it ends too early", [1, 2, 3], reader => reader.ReadFixed64() },
            { "2 is neither yes nor no", [2], reader => reader.ReadBool() },
            { "5 things cannot follow in 1 bytes", [5, 0], reader => reader.ReadCount() },
            { "5 things cannot follow in 1 bytes", [5, 0], reader => reader.ReadText() },
            {
                "a block of 16777216 bytes cannot follow in 0 bytes",
                [0, 0, 0, 1],
                reader => reader.ReadBlock()
            },
            {
                "a number has more than 64 bits",
                [255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
                reader => reader.ReadUInt64()
            },
            { "4294967295 is no entity", [255, 255, 255, 255, 15], reader => reader.ReadEntity() },
            { "9 is no LvtTimerMode", [18], reader => reader.ReadEnumeration<LvtTimerMode>() },
            { "1 bytes too many", [0], reader => reader.ExpectEnd() },
        };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_is_refused(string what, byte[] bytes, Action<StateReader> read) =>
        Assert.Equal(
            what,
            Assert.Throws<StateFormatException>(() => read(new StateReader(bytes))).What
        );

    [Fact]
    public void Entity_that_comes_twice_is_refused()
    {
        StateTransfer state = new(new StateReader(new byte[] { 2, 7, 7, 1, 1 }));
        EntityMap<int> entries = default;
        Assert.Throws<StateFormatException>(() =>
            state.ByEntity(ref entries, static (s, _, value) => s.Value(value))
        );
    }
}
