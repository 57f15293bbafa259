using System;
using System.Threading.Tasks;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Exploring;
using PvTimer.Model.Backends;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>What an exploration runs, and what it says about how much that was.</summary>
public sealed class ExploringSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public async Task Script_that_awaits_is_awaited()
    {
        int ended = 0;
        Exploration whole = await Explore(
            async () =>
            {
                Rewrite();
                await Task.Yield();
                ended++;
            },
            window: default(Model.Time.VirtualDuration)
        );
        Assert.Equal(whole.Schedules, ended);
        ScriptException failed = await Assert.ThrowsAsync<ScriptException>(() =>
            Explore(async () =>
            {
                Rewrite();
                await Task.Yield();
                throw new InvalidOperationException("behind the await");
            })
        );
        Assert.Contains("behind the await", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Async_void_is_refused()
    {
#pragma warning disable MA0147 // reason: it is what is refused
        Action script = async () => await Task.Yield();
#pragma warning restore MA0147
        Assert.Throws<ArgumentException>(() => Explore(script));
        Assert.Throws<ArgumentException>(() => Replay(script, "usual"));
    }

    [Fact]
    public void Exploration_says_how_much_it_has_tried()
    {
        Exploration whole = Explore(Rewrite, window: default(Model.Time.VirtualDuration));
        Output!.WriteLine($"{whole}");
        Assert.True(whole.IsComplete);
        Assert.True(whole.Choices.IsComplete);
        // How long cache lines travel, and where the script acts.
        Assert.Equal(2, whole.Choices.Points);
        Assert.InRange(whole.Traces, 3, whole.Schedules);

        Exploration part = Explore(
            Rewrite,
            schedules: 3,
            window: default(Model.Time.VirtualDuration)
        );
        Assert.False(part.IsComplete);
        Assert.False(part.Choices.IsComplete);
        Assert.Equal(3, part.Schedules);
        Assert.True(part.Traces <= 3);
    }

    [Fact]
    public void Nothing_to_choose_fails()
    {
        ScriptException none = Assert.Throws<ScriptException>(() => Explore(() => { }));
        Assert.Contains("nothing to choose", none.Message, StringComparison.Ordinal);
        ScriptException same = Assert.Throws<ScriptException>(() =>
            Explore(() =>
            {
                Host(backend: TimerBackends.Hrtimer);
                Clock.AdvanceInto(
                    from: 10.Microseconds(),
                    to: 20.Microseconds(),
                    every: 1.Microseconds()
                );
            })
        );
        Assert.Contains("makes a difference", same.Message, StringComparison.Ordinal);
        Assert.Throws<ScriptException>(() => FindFailure(() => { }));
    }

    [Fact]
    public void Second_machine_of_a_schedule_is_explored_too()
    {
        Exploration whole = Explore(
            () =>
            {
                Host();
                Clock.AdvanceTo(1.Microseconds());
                Anew();
                Rewrite();
            },
            schedules: 5,
            window: default(Model.Time.VirtualDuration)
        );
        Assert.Equal(3, whole.Choices.Points);
    }

    private void Rewrite()
    {
        HostHandle host = Host();
        Clock.AdvanceTo(100.Microseconds());
        host.Vcpu(0).Guest.ProgramDeadline(@in: 600.Microseconds());
        Clock.AdvanceInto(from: 240.Microseconds(), to: 270.Microseconds());
        host.Vcpu(0).Guest.Disarm();
        Clock.AdvanceTo(2.Milliseconds());
    }
}
