using System;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Guests;
using PvTimer.Model.Looks;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Looks;

/// <summary>What is shown of one entity.</summary>
public class ActorLookTests
{
    private static readonly TestMachine s_machine = new()
    {
        Backend = TimerBackends.PvTimer,
        Duration = VirtualDuration.FromMilliseconds(4),
    };

    private static LookedAtMachine Sleeper() =>
        LookedAtMachine.Of(s_machine, new ScriptedProgram().ProgramIn(900).Compute(3_000));

    private static string ValueOf(LookedAtMachine machine, string actor, string path) =>
        Assert
            .Single(Assert.Single(machine.Look(actor).Actors).Fields, field => field.Path == path)
            .Value;

    [Theory]
    [InlineData("lapic.timerVector", "236", "236")]
    [InlineData("lapic.timerMode", "TscDeadline", "TscDeadline")]
    [InlineData("lapic.tscDeadline", "1002253125 cycles", "0 cycles")]
    [InlineData("lapic.irr", "none", "none")]
    [InlineData("mode.pcpu", "h0/pcpu-0", "h0/pcpu-0")]
    [InlineData("delivery.descriptor", "PIR none, ON 0, SN 0, NV 242, NDST 0", null)]
    [InlineData("timers.armed", "1", "1")]
    [InlineData("timers.fired", "0", "1")]
    [InlineData("timers.lateness.counts.count", "0", "1")]
    [InlineData("timer.usesPage", "True", "True")]
    [InlineData("timer.page.expireTsc", "0 cycles", "0 cycles")]
    public void Vcpu_shows_what_changes(string path, string before, string? after)
    {
        LookedAtMachine machine = Sleeper();
        Assert.Equal(before, ValueOf(machine.RunTo(300), "vm/vcpu-0", path));
        Assert.Equal(after ?? before, ValueOf(machine.RunTo(1_500), "vm/vcpu-0", path));
    }

    [Theory]
    [InlineData("h0/pcpu-0", "scheduler.current", "see scheduler.threads[vm/vcpu-0]")]
    [InlineData("h0/pcpu-0", "scheduler.threads.count", "1")]
    [InlineData("h0/pcpu-3", "scheduler.current", "none")]
    [InlineData("h0/pcpu-3", "hrtimers.queue.timers.count", "2")]
    [InlineData("h0/pcpu-3", "hrtimers.queue.timers[1].timer.function", "PvSyncTimer")]
    [InlineData("h0/pcpu-3", "hrtimers.queue.timers[1].timer.owner", "h0/pcpu-3")]
    [InlineData("h0/pcpu-1", "hrtimers.lapicProgrammedFor", "never")]
    [InlineData("h0/timer-kthread", "pages.byVcpu[vm/vcpu-0].enabled", "True")]
    [InlineData("h0/timer-kthread", "pages.here[0]", "see pages.byVcpu[vm/vcpu-0]")]
    [InlineData("h0/timer-kthread", "phase", "Asleep")]
    public void Cpus_and_kthreads_show_names_and_what_was_shown_before_once(
        string actor,
        string path,
        string value
    ) => Assert.Equal(value, ValueOf(Sleeper().RunTo(300), actor, path));

    [Fact]
    public void Configuration_and_empty_places_of_a_table_are_not_shown()
    {
        ActorLook vcpu = Assert.Single(Sleeper().RunTo(300).Look("vm/vcpu-0").Actors);
        Assert.Equal(0, vcpu.Omitted);
        Assert.DoesNotContain(
            vcpu.Fields,
            field =>
                field.Path.StartsWith("host", StringComparison.Ordinal)
                || field.Path.Contains("requests[", StringComparison.Ordinal)
        );
    }

    /// <summary>600 vCPUs have their threads on one pCPU: neither all threads nor all fields are shown.</summary>
    [Fact]
    public void Actor_with_too_much_to_show_says_how_much_is_left_out()
    {
        LookedAtMachine machine = new(
            (s_machine with { Pcpus = [.. Enumerable.Repeat(0, 600)] }).Describe(
                new IdleGuest(VirtualDuration.FromMilliseconds(1)),
                vcpus: 600
            )
        );
        ActorLook kthread = Assert.Single(machine.RunTo(1).Look("h0/timer-kthread").Actors);
        Assert.Equal("600", Assert.Single(kthread.Fields, IsCountOfPages).Value);
        Assert.Contains(kthread.Fields, field => IsPage(field, "vm/vcpu-29"));
        Assert.DoesNotContain(kthread.Fields, field => IsPage(field, "vm/vcpu-30"));
        Assert.Equal((450, 86), (kthread.Fields.Length, kthread.Omitted));
        ActorLook pcpu = Assert.Single(machine.Look("h0/pcpu-0").Actors);
        Assert.Equal((450, 336), (pcpu.Fields.Length, pcpu.Omitted));
    }

    private static bool IsCountOfPages(FieldLook field) => field.Path == "pages.byVcpu.count";

    private static bool IsPage(FieldLook field, string vcpu) =>
        field.Path == $"pages.byVcpu[{vcpu}].enabled";

    [Fact]
    public void Only_actors_that_were_asked_for_and_exist_are_shown()
    {
        LookedAtMachine machine = Sleeper().RunTo(300);
        Assert.Empty(machine.Look("h0", "h9/pcpu-0", "").Actors);
        MachineLook look = machine.Look(new LookRequest([], ["h0/pcpu-1"], 0), parts: 1);
        Assert.Equal("h0/pcpu-1", Assert.Single(look.Actors).Name);
        Assert.Empty(look.Pcpus);
        look = machine.Look(new LookRequest(["h0/pcpu-1"], ["h0"], 0), parts: 1);
        Assert.Empty(look.Actors);
        Assert.Empty(look.Pcpus);
    }
}
