using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Tests.Coordination;

/// <summary>Steps, journeys back and forward, and the pace of virtual time.</summary>
[Trait("Runs", "Alone")]
public sealed class TravelTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Run_that_went_back_and_forward_shows_the_same_hash_at_the_same_instant(
        int checkpointMilliseconds
    )
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2, checkpointMilliseconds);
        string? at5 = (await run.Look()).TraceHash;
        await run.Order(ClusterVerb.Hold, "12ms");
        await run.Standing(12_000_000);
        string? at12 = (await run.Look()).TraceHash;
        Assert.NotEqual(at5, at12, StringComparer.Ordinal);
        for (int journey = 0; journey < 2; journey++)
        {
            await run.Order(ClusterVerb.Travel, "5ms");
            await run.Standing(5_000_000);
            Assert.Equal(at5, (await run.Look()).TraceHash);
            await run.Order(ClusterVerb.Travel, "12ms");
            await run.Standing(12_000_000);
            Assert.Equal(at12, (await run.Look()).TraceHash);
        }
        RunStatus done = await run.Finish();
        Assert.Contains(
            done.History,
            line => line.Contains("back from 12 ms to 5 ms", StringComparison.Ordinal)
        );
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    [Fact]
    public async Task Checkpoint_before_a_command_is_of_use_after_it()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        await run.Order(ClusterVerb.Checkpoint);
        string directory = run.Cluster.CheckpointsOf("pvtimer");
        await run.Until(
            _ => System.IO.Directory.GetFiles(directory, "manifest-*").Length == 1,
            "checkpoint"
        );
        await run.Order(ClusterVerb.Inject, subject: "{ migrate = guest-0, to = h3 }");
        await run.Until(
            status => status.Epoch == 2 && status.Phase == RunPhase.Held,
            "formation with the command"
        );
        await run.Order(ClusterVerb.Hold, "9ms");
        await run.Standing(9_000_000);
        await run.Order(ClusterVerb.Travel, "6ms");
        RunStatus there = await run.Standing(6_000_000);
        Assert.Contains(
            "from the checkpoint of 5 ms",
            there.History.Last(line => line.Contains("back from", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            there.History,
            line => line.Contains("damaged", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Scenario_that_was_edited_meanwhile_breaks_the_run_in_one_line()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        await System.IO.File.AppendAllTextAsync(run.File, "\n");
        await run.Order(ClusterVerb.Travel, "4ms");
        RunStatus broken = await run.Until(status => status.Phase == RunPhase.Broken, "end");
        Assert.Equal(
            $"{run.File} or a recording in it is not what was run; accepted: as they were when it began",
            broken.What
        );
    }

    [Fact]
    public async Task Journey_begins_at_the_last_checkpoint_before_its_end()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2);
        await run.Order(ClusterVerb.Checkpoint);
        await run.Until(
            status =>
                status.History.Length > 0
                && System
                    .IO.Directory.GetFiles(run.Cluster.CheckpointsOf("pvtimer"), "manifest-*")
                    .Length == 1,
            "checkpoint"
        );
        await run.Order(ClusterVerb.Hold, "9ms");
        await run.Standing(9_000_000);
        await run.Order(ClusterVerb.Travel, "6ms");
        RunStatus there = await run.Standing(6_000_000);
        Assert.Contains(
            there.History,
            line => line.Contains("from the checkpoint of 5 ms", StringComparison.Ordinal)
        );
        await run.Order(ClusterVerb.Travel, "4999999ns");
        there = await run.Standing(4_999_999);
        Assert.Contains(
            "from the beginning",
            there.History.Last(line => line.Contains("back from", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    [Fact]
    public async Task Event_that_was_commanded_happens_again_after_a_journey_to_before_it()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2, sets: "network.latency=50us");
        await run.Order(ClusterVerb.Checkpoint);
        await run.Order(ClusterVerb.Hold, "7ms");
        await run.Standing(7_000_000);
        await run.Order(ClusterVerb.Inject, subject: "{ migrate = guest-0, to = h3 }");
        await run.Order(ClusterVerb.Hold, "9ms");
        await run.Standing(9_000_000);
        string? at9 = (await run.Look()).TraceHash;
        await run.Order(ClusterVerb.Travel, "6ms");
        await run.Standing(6_000_000);
        await run.Order(ClusterVerb.Travel, "9ms");
        await run.Standing(9_000_000);
        Assert.Equal(at9, (await run.Look()).TraceHash);
        RunStatus done = await run.Finish();
        string amended = done.Result!.Run.ScenarioFile;
        Assert.NotEqual(OneHashTests.Sequential(run.File), OneHashTests.Sequential(amended));
        Assert.Equal(OneHashTests.Sequential(amended), ClusterResult.Read(done.Result).Outcome);
    }

    /// <summary>A command that was accepted must not be forgotten because a node dies.</summary>
    [Fact]
    public async Task Event_that_was_commanded_happens_though_a_node_is_killed_before_the_next_checkpoint()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(3, sets: "network.latency=50us");
        await run.Order(ClusterVerb.Inject, subject: "{ migrate = guest-0, to = h3 }");
        await run.Until(status => status is { Phase: RunPhase.Held, Epoch: > 1 }, "amended run");
        await run.Cluster.Kill("node-3");
        await run.Until(status => status is { Phase: RunPhase.Held, Epoch: > 2 }, "restored run");
        RunStatus done = await run.Finish();
        string amended = done.Result!.Run.ScenarioFile;
        Assert.NotEqual(run.File, amended, StringComparer.Ordinal);
        Assert.Equal(OneHashTests.Sequential(amended), ClusterResult.Read(done.Result).Outcome);
    }

    [Fact]
    public async Task Run_whose_node_is_killed_after_a_journey_stands_still_there_again()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(3);
        await run.Order(ClusterVerb.Hold, "9ms");
        await run.Standing(9_000_000);
        await run.Order(ClusterVerb.Checkpoint);
        await run.Order(ClusterVerb.Travel, "2ms");
        RunStatus there = await run.Standing(2_000_000);
        await run.Cluster.Kill("node-2");
        RunStatus again = await run.Until(
            status => status.Phase == RunPhase.Held && status.Epoch > there.Epoch,
            "restored run"
        );
        Assert.Equal(2_000_000, again.ReachedNanoseconds);
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    [Fact]
    public async Task Step_ends_right_behind_the_next_event()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2);
        List<long> reached = [];
        for (int step = 0; step < 5; step++)
        {
            long next = (await run.Look()).Next!.Value;
            await run.Order(ClusterVerb.Hold, "next");
            await run.Standing(next + 1);
            reached.Add(next + 1);
        }
        Assert.Equal(reached.Distinct().Order(), reached);
        await run.Order(ClusterVerb.Hold, "+1ms");
        await run.Standing(reached[^1] + 1_000_000);
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    [Theory]
    [InlineData("soon", "'soon'; accepted: an event as in a scenario")]
    [InlineData("{ explode = h0 }", "accepted: ")]
    [InlineData("{ stall = h0", "accepted: ")]
    public async Task Event_that_is_none_is_refused_when_it_is_checked_and_when_it_is_ordered(
        string happening,
        string says
    )
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        CommandAnswer check = await Check(run, happening);
        CommandAnswer answer = await run.Answer(ClusterVerb.Inject, subject: happening);
        Assert.Equal(check, answer);
        Assert.False(answer.Accepted);
        Assert.Contains(says, answer.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_that_can_happen_passes_the_check_and_does_not_happen_by_it()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        Assert.True((await Check(run, "{ stall = h0/pcpu-0, for = 1ms }")).Accepted);
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }

    private static Task<CommandAnswer> Check(HeldRun run, string happening) =>
        run.Cluster.Door.Ask<CommandAnswer>(
            new CheckCommand(new ClusterCommand(ClusterVerb.Inject, happening))
        );

    [Theory]
    [InlineData(ClusterVerb.Travel, "soon")]
    [InlineData(ClusterVerb.Travel, "+1ms")]
    [InlineData(ClusterVerb.Travel, "next")]
    [InlineData(ClusterVerb.Travel, "")]
    [InlineData(ClusterVerb.Hold, "+-1ms")]
    [InlineData(ClusterVerb.Pace, "0ns")]
    [InlineData(ClusterVerb.Pace, "fast")]
    public async Task What_cannot_be_is_refused_and_nothing_changes(ClusterVerb verb, string to)
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(1);
        CommandAnswer answer = await run.Answer(verb, to);
        Assert.False(answer.Accepted);
        Assert.Contains("accepted: ", answer.What, StringComparison.Ordinal);
        Assert.Contains(
            "there is no run",
            (await run.Answer(verb, "6ms", "another")).What,
            StringComparison.Ordinal
        );
        await run.Standing(5_000_000);
    }

    [Fact]
    public async Task Paced_run_halts_at_once_and_has_the_same_hash()
    {
        await using HeldRun run = await HeldRun.At5Milliseconds(2);
        // At that pace the rest would take days.
        await run.Order(ClusterVerb.Pace, "1us");
        await run.Order(ClusterVerb.Hold, "18ms");
        await run.Until(status => status.Phase == RunPhase.Running, "running");
        await run.Order(ClusterVerb.Hold, "0ns");
        RunStatus halted = await run.Standing();
        Assert.InRange(halted.ReachedNanoseconds, 5_000_000, 6_000_000);
        await run.Order(ClusterVerb.Pace);
        RunStatus done = await run.Finish();
        Assert.Equal(OneHashTests.Sequential(run.File), ClusterResult.Read(done.Result!).Outcome);
    }
}
