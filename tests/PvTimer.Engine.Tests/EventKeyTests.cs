using CsCheck;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine.Tests;

public class EventKeyTests
{
    private static readonly Gen<EventKey> Keys = Gen.Select(
        Gen.Long[0, 3],
        Gen.Int[0, 3],
        Gen.Long[0, 3],
        (time, source, sequence) =>
            new EventKey(VirtualTime.FromNanoseconds(time), new EntityId(source), sequence)
    );

    [Fact]
    public void Order_is_total_and_only_equal_keys_tie() =>
        Gen.Select(Keys, Keys)
            .Sample(
                (left, right) =>
                {
                    Assert.Equal(left == right, left.CompareTo(right) == 0);
                    Assert.Equal(left < right, right > left);
                    Assert.Equal(left <= right, !(left > right));
                    Assert.Equal(left >= right, !(left < right));
                }
            );

    [Fact]
    public void Order_is_by_time_then_source_then_sequence() =>
        Gen.Select(Keys, Keys)
            .Sample(
                (left, right) =>
                    Assert.Equal(
                        (left.Time, left.Source.Index, left.Sequence).CompareTo(
                            (right.Time, right.Source.Index, right.Sequence)
                        ) < 0,
                        left < right
                    )
            );
}
