using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Looks;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Tests.Watching;

/// <summary>Samples are taken for those who look, and for nobody else.</summary>
public sealed class SamplerTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(30);
    private static readonly View Machine = new(ViewKind.Machine);

    [Fact]
    public async Task Nobody_looks_and_nothing_is_asked()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, Interval);
        await Task.Delay(Interval * 4);
        Assert.Equal((0, 0), (cluster.Questions, sampler.Viewers));
        using (Viewer viewer = sampler.Watch(Machine))
        {
            await viewer.Next(default);
        }
        await Task.Delay(Interval * 2);
        int asked = cluster.Questions;
        await Task.Delay(Interval * 6);
        Assert.Equal((asked, 0), (cluster.Questions, sampler.Viewers));
    }

    [Fact]
    public async Task Many_viewers_are_served_with_one_question_that_has_what_each_of_them_wants()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, Interval);
        Viewer[] viewers =
        [
            sampler.Watch(new View(ViewKind.Cluster)),
            sampler.Watch(Machine),
            sampler.Watch(new View(ViewKind.Host, "h0")),
            sampler.Watch(new View(ViewKind.Actor, "h0/pcpu-0")),
            sampler.Watch(new View(ViewKind.Timers)),
        ];
        Sample[] last = [];
        for (int sample = 0; sample < 3; sample++)
        {
            last = await Task.WhenAll(viewers.Select(viewer => viewer.Next(default)));
        }
        // A sample may be taken while they ask one after the other: who has the one before asks once more.
        for (int sample = 0; sample < 50 && last.Distinct().Count() > 1; sample++)
        {
            long newest = last.Max(each => each.Number);
            for (int viewer = 0; viewer < last.Length; viewer++)
            {
                last[viewer] =
                    last[viewer].Number < newest
                        ? await viewers[viewer].Next(default)
                        : last[viewer];
            }
        }
        Assert.Single(last.Distinct());
        Assert.Equal(5, last[0].Viewers);
        LookRequest asked = cluster.Looks[^1].Request;
        Assert.Equal("h0", Assert.Single(asked.Hosts));
        Assert.Equal("h0/pcpu-0", Assert.Single(asked.Actors));
        Assert.Equal(LookRequest.MaxTimers, asked.Timers);
        Assert.InRange(cluster.Questions, 2 * 3, 2 * ((int)last[0].Number + 2));
        Assert.Same(last[0].DocumentOf(Machine), last[0].DocumentOf(Machine));
        Array.ForEach(viewers, viewer => viewer.Dispose());
    }

    [Fact]
    public async Task Cluster_alone_is_looked_at_without_its_machine()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, Interval);
        Sample sample = await sampler.Once(new View(ViewKind.Cluster), default);
        Assert.Null(sample.Look);
        Assert.Empty(cluster.Looks);
    }

    [Fact]
    public async Task Hash_is_asked_for_where_virtual_time_stands_still_only()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, Interval);
        await sampler.Once(Machine, default);
        Assert.True(cluster.Looks[^1].Hash);
        cluster.Phase = RunPhase.Running;
        await sampler.Once(Machine, default);
        await sampler.Once(Machine, default);
        Assert.False(cluster.Looks[^1].Hash);
    }

    [Fact]
    public async Task Cluster_that_does_not_answer_is_trouble_until_it_does()
    {
        FakeCluster cluster = new() { IsGone = true };
        await using Sampler sampler = new(cluster, Interval);
        using Viewer viewer = sampler.Watch(Machine);
        await Assert.ThrowsAsync<ClusterUnreachableException>(() => viewer.Next(default));
        Assert.Contains("no node answers", sampler.Trouble, StringComparison.Ordinal);
        cluster.IsGone = false;
        for (int tries = 0; sampler.Last is null && tries < 100; tries++)
        {
            await Task.Delay(Interval);
        }
        Assert.NotNull(sampler.Last);
        Assert.Null(sampler.Trouble);
    }

    [Fact]
    public async Task Viewer_that_is_slow_gets_the_latest_sample_and_keeps_nobody_waiting()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, Interval);
        using Viewer slow = sampler.Watch(Machine);
        using Viewer quick = sampler.Watch(Machine);
        Sample seen = await quick.Next(default);
        for (int sample = 0; sample < 5; sample++)
        {
            seen = await quick.Next(default);
        }
        Assert.InRange((await slow.Next(default)).Number, seen.Number, seen.Number + 2);
    }

    [Fact]
    public async Task Viewer_that_comes_for_one_that_goes_is_served_at_once()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, TimeSpan.FromSeconds(30));
        foreach (ViewKind kind in new[] { ViewKind.Cluster, ViewKind.Machine, ViewKind.Timers })
        {
            await sampler.Once(new View(kind), default).WaitAsync(TimeSpan.FromSeconds(5));
        }
        using Viewer one = sampler.Watch(Machine);
        await one.Next(default).WaitAsync(TimeSpan.FromSeconds(5));
        using Viewer other = sampler.Watch(Machine);
        await other.Next(default).WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Whoever_comes_again_and_again_takes_ten_samples_in_a_second_at_most()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, TimeSpan.FromSeconds(30));
        long began = Stopwatch.GetTimestamp();
        for (int sample = 0; sample < 8; sample++)
        {
            await sampler.Once(new View(ViewKind.Cluster), default);
        }
        // The first is taken at once.
        Assert.True(Stopwatch.GetElapsedTime(began) >= 7 * TimeSpan.FromMilliseconds(95));
    }

    /// <summary>8 ms are a fiftieth of 400 ms; two questions of 100 ms each are half of them.</summary>
    [Theory]
    [InlineData(8, 0)]
    [InlineData(0, 100)]
    public async Task Samples_that_cost_much_are_taken_more_rarely(double stands, int answers)
    {
        FakeCluster cluster = new()
        {
            Stands = stands,
            Answers = TimeSpan.FromMilliseconds(answers),
        };
        await using Sampler sampler = new(cluster, Interval);
        using Viewer viewer = sampler.Watch(Machine);
        Sample first = await viewer.Next(default);
        await viewer.Next(default);
        Sample third = await viewer.Next(default);
        // By the samples' own stamps: who asks for them may be late.
        Assert.True(third.TakenAt - first.TakenAt >= 2 * TimeSpan.FromMilliseconds(390));
    }

    /// <summary>600 ms are a fiftieth of 30 s.</summary>
    [Fact]
    public async Task One_sample_that_was_dear_keeps_nobody_waiting_for_long()
    {
        FakeCluster cluster = new() { Stands = 600 };
        await using Sampler sampler = new(cluster, Interval);
        using Viewer viewer = sampler.Watch(Machine);
        await viewer.Next(default);
        cluster.Stands = 0;
        long began = Stopwatch.GetTimestamp();
        await sampler.Once(new View(ViewKind.Timers), default);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(4));

        cluster.Stands = 600;
        await viewer.Next(default);
        began = Stopwatch.GetTimestamp();
        await viewer.Next(default);
        await viewer.Next(default);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Cluster_that_was_long_in_not_answering_is_asked_again_as_soon_as_ever()
    {
        FakeCluster cluster = new() { IsGone = true, Answers = TimeSpan.FromSeconds(1) };
        await using Sampler sampler = new(cluster, Interval);
        using Viewer viewer = sampler.Watch(Machine);
        await Assert.ThrowsAsync<ClusterUnreachableException>(() => viewer.Next(default));
        cluster.IsGone = false;
        cluster.Answers = TimeSpan.Zero;
        long began = Stopwatch.GetTimestamp();
        await viewer.Next(default);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_is_let_go()
    {
        FakeCluster cluster = new();
        await using Sampler sampler = new(cluster, TimeSpan.FromSeconds(30));
        using Viewer viewer = sampler.Watch(Machine);
        await viewer.Next(default);
        using CancellationTokenSource soon = new(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => viewer.Next(soon.Token));
    }
}
