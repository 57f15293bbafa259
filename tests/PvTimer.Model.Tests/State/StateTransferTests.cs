using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Apic;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.State;

/// <summary>One walk over the fields, in both directions: freezing keeps them, thawing brings them back.</summary>
public class StateTransferTests
{
    /// <summary>Freezes through a walk, and hands what came of it to the same walk, thawing.</summary>
    private static (T Frozen, T Thawed) Both<T>(T value, Func<StateTransfer, T, T> walk)
    {
        StateWriter writer = new();
        StateTransfer freeze = new(writer);
        Assert.False(freeze.IsThawing);
        T frozen = walk(freeze, value);
        StateReader reader = new(writer.ToArray());
        StateTransfer thaw = new(reader);
        Assert.True(thaw.IsThawing);
        T thawed = walk(thaw, default!);
        reader.ExpectEnd();
        return (frozen, thawed);
    }

    private static void Comes<T>(T value, Func<StateTransfer, T, T> walk) =>
        Assert.Equal((value, value), Both(value, walk));

    [Fact]
    public void Each_kind_of_value_is_kept_and_comes_back()
    {
        Comes(true, (state, value) => state.Value(value));
        Comes((byte)200, (state, value) => state.Value(value));
        Comes(-70_000, (state, value) => state.Value(value));
        Comes(4_000_000_000u, (state, value) => state.Value(value));
        Comes(long.MinValue, (state, value) => state.Value(value));
        Comes(ulong.MaxValue, (state, value) => state.Value(value));
        Comes(((UInt128)7 << 90) | 9, (state, value) => state.Value(value));
        Comes(VirtualTime.FromNanoseconds(5), (state, value) => state.Value(value));
        Comes(VirtualDuration.FromNanoseconds(-5), (state, value) => state.Value(value));
        Comes(new TscTicks(77), (state, value) => state.Value(value));
        Comes(new EntityId(3), (state, value) => state.Value(value));
        Comes(LvtTimerMode.Periodic, (state, value) => state.Enumeration(value));
        Comes(12, (state, value) => state.Count(value == 0 ? 0 : value) is var n ? n : 0, pad: 12);
    }

    private static void Comes(int value, Func<StateTransfer, int, int> walk, int pad)
    {
        StateWriter writer = new();
        Assert.Equal(value, walk(new StateTransfer(writer), value));
        byte[] padded = [.. writer.ToArray(), .. new byte[pad]];
        Assert.Equal(value, walk(new StateTransfer(new StateReader(padded)), 0));
    }

    [Fact]
    public void Clock_keeps_its_rate_and_gets_its_counter()
    {
        TscClock clock = new(new TscTicks(9), TscFrequency.FromMegahertz(2_000))
        {
            Since = VirtualTime.FromNanoseconds(4),
        };
        StateWriter writer = new();
        Assert.Equal(clock, new StateTransfer(writer).Value(clock));
        TscClock other = new(TscTicks.Zero, clock.Frequency);
        StateTransfer thaw = new(new StateReader(writer.ToArray()));
        Assert.Equal(clock, thaw.Value(other));
    }

    [Fact]
    public void Value_or_message_that_is_missing_stays_missing()
    {
        Comes<int?>(5, (state, value) => state.Optional(value, static (s, v) => s.Value(v)));
        Comes<int?>(null, (state, value) => state.Optional(value, static (s, v) => s.Value(v)));
        Comes(new Ipi(new EntityId(4)), (state, value) => state.Message(value)!);
        StateWriter writer = new();
        Assert.Null(new StateTransfer(writer).Message<Ipi>(null));
        Assert.Equal<byte>([0], writer.ToArray());
        Assert.Null(new StateTransfer(new StateReader(new byte[1])).Message<Ipi>(null));
    }

    [Fact]
    public void Message_of_another_kind_is_refused()
    {
        StateWriter writer = new();
        new StateTransfer(writer).Message(new Ipi(new EntityId(4)));
        StateTransfer thaw = new(new StateReader(writer.ToArray()));
        Assert.Throws<StateFormatException>(() => thaw.Message<Wake>(null));
    }

    [Fact]
    public void Thawed_list_and_queue_hold_what_was_frozen_and_nothing_else()
    {
        List<int> list = [3, 1, 2];
        Queue<int> queue = new([7, 8]);
        StateWriter writer = new();
        StateTransfer freeze = new(writer);
        freeze.List(list, static (s, v) => s.Value(v));
        freeze.Queue(queue, static (s, v) => s.Value(v));
        Assert.Equal([3, 1, 2], list);
        Assert.Equal([7, 8], queue);
        List<int> thawedList = [9];
        Queue<int> thawedQueue = new([9, 9, 9]);
        StateTransfer thaw = new(new StateReader(writer.ToArray()));
        thaw.List(thawedList, static (s, v) => s.Value(v));
        thaw.Queue(thawedQueue, static (s, v) => s.Value(v));
        Assert.Equal([3, 1, 2], thawedList);
        Assert.Equal([7, 8], thawedQueue);
    }

    [Fact]
    public void Entries_are_frozen_in_the_order_of_their_entities_and_replace_those_there()
    {
        EntityMap<int> entries = default;
        entries.At(new EntityId(5)) = 50;
        entries.At(new EntityId(2)) = 20;
        StateWriter writer = new();
        new StateTransfer(writer).ByEntity(ref entries, static (s, _, value) => s.Value(value));
        Assert.Equal<byte>([2, 2, 5, 40, 100], writer.ToArray());
        Assert.Equal(2, entries.Count);
        EntityMap<int> thawed = default;
        thawed.At(new EntityId(5)) = 1;
        thawed.At(new EntityId(8)) = 1;
        StateTransfer thaw = new(new StateReader(writer.ToArray()));
        thaw.ByEntity(ref thawed, static (s, _, value) => s.Value(value));
        Assert.Equal(entries.Entries.ToArray(), thawed.Entries.ToArray());
    }

    [Fact]
    public void Counters_that_are_zero_take_no_place_but_are_zero_again()
    {
        int[] counters = [0, 4, 0, 0, -1];
        StateWriter writer = new();
        new StateTransfer(writer).Sparse(counters);
        Assert.Equal<byte>([2, 2, 8, 8, 1], writer.ToArray());
        Assert.Equal([0, 4, 0, 0, -1], counters);
        int[] thawed = [1, 1, 1, 1, 1];
        new StateTransfer(new StateReader(writer.ToArray())).Sparse(thawed);
        Assert.Equal(counters, thawed);
    }

    [Theory]
    [InlineData(10, false)] // place 5
    [InlineData(8, true)] // place 4, the last
    [InlineData(0, true)] // place 0
    [InlineData(1, false)] // place -1
    public void Counter_that_is_not_there_is_refused(byte place, bool isThere)
    {
        StateTransfer thaw = new(new StateReader(new byte[] { 1, place, 2 }));
        int[] counters = new int[5];
        if (isThere)
        {
            thaw.Sparse(counters);
            Assert.Equal(1, counters[place / 2]);
            return;
        }
        Assert.Throws<StateFormatException>(() => thaw.Sparse(counters));
    }

    [Fact]
    public void Tally_comes_back_in_its_order_whatever_its_numbers()
    {
        Dictionary<long, long> counts = new()
        {
            [5] = 2,
            [-9] = 1,
            [long.MaxValue / 2] = 3,
            [4] = 70_000,
        };
        StateWriter writer = new(capacity: 1);
        new StateTransfer(writer).Tally(counts);
        Dictionary<long, long> thawed = new() { [77] = 1 };
        new StateTransfer(new StateReader(writer.ToArray())).Tally(thawed);
        Assert.Equal(counts.AsEnumerable(), thawed);
    }

    [Theory]
    [InlineData(new byte[] { 2, 10, 2, 0, 2 })] // 5, and 5 again
    [InlineData(
        new byte[]
        {
            2,
            254,
            255,
            255,
            255,
            255,
            255,
            255,
            255,
            255,
            1, // the greatest number
            2,
            2, // and one more
            2,
        }
    )]
    public void Tally_with_a_number_twice_or_beyond_64_bits_is_refused(byte[] bytes) =>
        Assert.Throws<StateFormatException>(() =>
            new StateTransfer(new StateReader(bytes)).Tally([])
        );

    [Fact]
    public void Damage_is_told_from_a_state_that_makes_no_sense()
    {
        StateTransfer freeze = new(new StateWriter());
        StateTransfer thaw = new(new StateReader(new byte[] { 1, 2 }));
        thaw.Value(true);
        Assert.Equal("x", Assert.IsType<InvalidOperationException>(freeze.Damaged("x")).Message);
        StateFormatException damaged = Assert.IsType<StateFormatException>(thaw.Damaged("x"));
        Assert.Equal(("x", 1), (damaged.What, damaged.Position));
    }
}
