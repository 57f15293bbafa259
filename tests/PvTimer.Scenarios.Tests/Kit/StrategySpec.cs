using System;
using System.IO;
using System.Linq;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Exploring;
using PvTimer.Model.Time;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>In which order an exploration tries schedules, and what that promises.</summary>
public sealed class StrategySpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    /// <summary>Fails under two deviations of five that are possible: the first and the last.</summary>
    private void NeedsTwo()
    {
        Host();
        bool[] late = new bool[4];
        for (int point = 0; point < 4; point++)
        {
            int from = 10 + (point * 10);
            Clock.AdvanceInto(
                from.Microseconds(),
                (from + 9).Microseconds(),
                every: 1.Microseconds()
            );
            late[point] = Clock.Now.Nanoseconds == (from + 2) * 1_000;
        }
        Assert.False(late[0] && late[3]);
        Clock.AdvanceTo(60.Microseconds());
    }

    [Fact]
    public void Pct_finds_a_failure_as_often_as_it_promises()
    {
        const int Seeds = 6;
        const int Schedules = 400;
        Exploration[] runs =
        [
            .. Enumerable
                .Range(1, Seeds)
                .Select(seed =>
                    FindFailure(
                        NeedsTwo,
                        Schedules,
                        window: default(VirtualDuration),
                        seed: (ulong)seed,
                        strategy: Strategies.Pct(depth: 3)
                    )
                ),
        ];
        Guarantee promised = Promised(3, Schedules);
        Output!.WriteLine($"{promised}");
        // Four points of the script, and how long cache lines travel.
        Assert.Equal(5, promised.Points);
        Assert.Equal(1.0 / 1_600, promised.EachSchedule, 9);
        Assert.InRange(runs.Count(run => run.Failure is not null), promised.All * Seeds, Seeds);
        Assert.All(
            runs.Where(run => run.Failure is not null),
            run => Assert.Equal(2, run.Failure!.Schedule.Deviations.Count)
        );
    }

    [Fact]
    public void Pct_of_a_depth_that_is_too_small_finds_nothing_and_says_so()
    {
        Exploration none = Explore(
            NeedsTwo,
            100,
            window: default(VirtualDuration),
            strategy: Strategies.Pct(depth: 2)
        );
        Assert.Equal(100, none.Schedules);
        Assert.Contains("1/(8 x 5)^1 = 0.025", $"{none}", StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Strategies.Pct(0));
    }

    [Fact]
    public void Same_seed_draws_the_same_schedules()
    {
        string First(Strategy strategy, ulong seed) =>
            $"{FindFailure(NeedsTwo, 600, window: default(VirtualDuration), seed: seed, strategy: strategy)}";

        foreach (Strategy strategy in new[] { Strategies.Random, Strategies.Pct(3) })
        {
            Assert.Equal(First(strategy, 3), First(strategy, 3));
        }
    }

    [Fact]
    public void Order_of_own_actors_is_no_choice_of_a_machine() =>
        Assert.Throws<ArgumentException>(() =>
            Explore(NeedsTwo, strategy: Strategies.PartialOrder)
        );

    /// <summary>The file says how much longer interrupts may travel: by the usual 1 us the script does not fail.</summary>
    [Fact]
    public void Schedule_that_fails_is_a_file_that_fails_again()
    {
        VirtualDuration window = 40.Microseconds();
        string file = Path.GetTempFileName();
        FailingSchedule failure = FindFailure(LateTimer, window: window, saveTo: file).Failure!; // reason: it fails
        ScriptException again = Assert.Throws<ScriptException>(() => ReplayFile(LateTimer, file));
        Assert.Equal(failure.Cause.Message, again.InnerException?.Message);
        Assert.Contains($"as {file}", $"{failure}", StringComparison.Ordinal);
        File.WriteAllLines(
            file,
            File.ReadLines(file)
                .Where(line => !line.StartsWith("kit ", StringComparison.Ordinal))
                .ToArray()
        );
        Assert.Throws<FormatException>(() => ReplayFile(LateTimer, file));
        File.WriteAllText(file, "schedule 1:1\nkit window, ns: 1000\n");
        ScriptException other = Assert.Throws<ScriptException>(() => ReplayFile(LateTimer, file));
        Assert.Contains("does not go the way", other.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    private void LateTimer()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 50.Microseconds());
        host.Vcpu(0).Guest.ExpectTimer();
        Assert.True(Clock.Now < VirtualTime.Zero + 170.Microseconds());
    }

    private Guarantee Promised(int depth, int schedules) =>
        Explore(
            () =>
            {
                Host();
                for (int point = 0; point < 4; point++)
                {
                    int from = 10 + (point * 10);
                    Clock.AdvanceInto(
                        from.Microseconds(),
                        (from + 9).Microseconds(),
                        every: 1.Microseconds()
                    );
                    Vm("vm-0").Vcpu(0).Guest.ProgramDeadline(@in: 1.Milliseconds());
                }
                Clock.AdvanceTo(60.Microseconds());
            },
            schedules,
            window: default(VirtualDuration),
            strategy: Strategies.Pct(depth)
        ).Guarantee!;
}
