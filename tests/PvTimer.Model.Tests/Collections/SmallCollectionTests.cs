using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Collections;
using PvTimer.Model.Events;

namespace PvTimer.Model.Tests.Collections;

/// <summary>Small maps and queues do what large ones do.</summary>
public class SmallCollectionTests
{
    private const int Steps = 5_000;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(60)]
    public void Map_does_what_a_sorted_dictionary_does(int entities)
    {
        EntityMap<int> map = default;
        SortedDictionary<int, int> expected = [];
        Random random = new(entities);
        for (int step = 0; step < Steps; step++)
        {
            int key = random.Next(entities);
            EntityId entity = new(key);
            switch (random.Next(4))
            {
                case 0:
                    map.At(entity) += step;
                    expected[key] = expected.GetValueOrDefault(key) + step;
                    break;
                case 1:
                    Assert.Equal(expected.TryAdd(key, step), map.TryAdd(entity, step));
                    break;
                case 2:
                    map.Remove(entity);
                    expected.Remove(key);
                    break;
                default:
                    bool isThere = expected.TryGetValue(key, out int value);
                    Assert.Equal(isThere, map.TryGet(entity, out int found));
                    Assert.Equal(value, found);
                    break;
            }
            Assert.Equal(expected.Count, map.Count);
        }
        Assert.Equal(
            expected.Select(each => (new EntityId(each.Key), each.Value)),
            map.Entries.ToArray()
        );
    }

    [Fact]
    public void Queue_does_what_a_list_does()
    {
        SmallQueue<int> queue = default;
        List<int> expected = [];
        Random random = new(7);
        for (int step = 0; step < Steps; step++)
        {
            switch (random.Next(expected.Count < 20 ? 5 : 3))
            {
                case 0 when expected.Count > 0:
                    Assert.Equal(expected[0], queue.Dequeue());
                    expected.RemoveAt(0);
                    break;
                case 1 when expected.Count > 0:
                    int place = random.Next(expected.Count);
                    Assert.Equal(expected[place], queue.RemoveAt(place));
                    expected.RemoveAt(place);
                    break;
                case 2:
                    int wanted = random.Next(50);
                    Assert.Equal(expected.IndexOf(wanted), queue.IndexOf(wanted));
                    break;
                default:
                    queue.Enqueue(step % 50);
                    expected.Add(step % 50);
                    break;
            }
            Assert.Equal(expected, Enumerable.Range(0, queue.Count).Select(i => queue[i]));
        }
        queue.Clear();
        Assert.Equal(0, queue.Count);
        Assert.Throws<InvalidOperationException>(() => queue.Dequeue());
    }
}
