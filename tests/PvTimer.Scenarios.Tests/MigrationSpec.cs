using System.Collections.Immutable;
using PvTimer.Model.Backends;
using PvTimer.Model.Messages;
using PvTimer.Model.Migration;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests;

/// <summary>Moves between pCPUs (behaviours 46 and 47) and live migration between hosts.</summary>
public sealed class MigrationSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    [Fact]
    public void Behaviour_46_moved_vcpu_takes_its_hrtimer_along_in_the_baseline()
    {
        HostHandle host = Host(pcpus: 3, backend: TimerBackends.Hrtimer);
        VcpuHandle vcpu = host.AddVm("vm", pins: [0]).Vcpu(0);
        Clock.AdvanceTo(500.Microseconds());
        vcpu.Guest.ProgramDeadline(@in: 5.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        vcpu.MoveTo(host.Pcpu(1));
        host.Pcpu(1).ExpectMsg<MigrateVcpu>();
        host.Pcpu(1).ExpectTimerInterrupt(at: 5_500.Microseconds());
        vcpu.Guest.ExpectTimer();
        ScriptResult result = Finish().ShouldFire(1).ShouldKeepItsPromises();
        Assert.Equal(1, result.Report.TimerMigrations);
    }

    [Fact]
    public void Behaviour_46_moved_vcpu_leaves_its_timer_on_the_dedicated_cpu_with_pvtimer()
    {
        HostHandle host = Host(pcpus: 3);
        VcpuHandle vcpu = host.AddVm("vm", pins: [0]).Vcpu(0);
        vcpu.Guest.ProgramDeadline(@in: 5.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        vcpu.MoveTo(host.Pcpu(1));
        vcpu.Guest.ExpectTimer();
        ScriptResult result = Finish().ShouldFire(1).ShouldKeepItsPromises();
        Assert.Equal(0, result.Report.TimerMigrations);
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Behaviour_47_vcpu_that_moves_each_millisecond_loses_no_timer(string backend)
    {
        HostHandle host = Host(pcpus: 4, backend: TimerBackends.Of(backend));
        VcpuHandle vcpu = host.AddVm("vm", pins: [0]).Vcpu(0);
        vcpu.Guest.InHandler(Model.Guests.GuestInstruction.Program(370.Microseconds()));
        vcpu.Guest.ProgramDeadline(@in: 370.Microseconds());
        for (int move = 1; move <= 30; move++)
        {
            Clock.AdvanceTo(move.Milliseconds());
            vcpu.MoveTo(host.Pcpu(move % 3));
        }
        ScriptResult result = Finish().ShouldKeepItsPromises();
        Assert.True(result.Report.Timers.Fired > 70, $"{result.Report.Timers}");

        // The selftest that this comes from accepts 100 us.
        result.ShouldBeLateByAtMost(100.Microseconds());
    }

    [Fact]
    public void Move_at_whatever_instant_around_the_expiry_loses_no_timer() =>
        Explore(
            () =>
            {
                HostHandle host = Host(pcpus: 3);
                VcpuHandle vcpu = host.AddVm("vm", pins: [0]).Vcpu(0);
                vcpu.Guest.ProgramDeadline(@in: 600.Microseconds());
                Clock.AdvanceInto(from: 590.Microseconds(), to: 620.Microseconds());
                vcpu.MoveTo(host.Pcpu(1));
                Clock.AdvanceTo(3.Milliseconds());
                Finish().ShouldFire(1).ShouldKeepItsPromises();
            },
            schedules: 200
        );

    [Fact]
    public void Live_migration_takes_the_timer_to_the_other_host()
    {
        ImmutableArray<HostHandle> hosts = Hosts(2, Small());
        VmHandle vm = hosts[0].AddVm("web");
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 50.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        vm.MigrateTo(hosts[1]);
        vm.Vcpu(0).Guest.ExpectTimer();
        ScriptResult result = Finish().ShouldFire(1).ShouldKeepItsPromises();
        MigrationReportOf(result, "h0", "h1");
    }

    [Fact]
    public void Command_to_a_vm_on_its_way_is_done_on_arrival()
    {
        ImmutableArray<HostHandle> hosts = Hosts(2, Small());
        VmHandle vm = hosts[0].AddVm("web");
        Clock.AdvanceTo(1.Milliseconds());
        vm.MigrateTo(hosts[1]);
        vm.Vcpu(0).Guest.ProgramDeadline(@in: 3.Milliseconds());
        vm.Vcpu(0).Guest.ExpectTimer();
        Finish().ShouldFire(1).ShouldKeepItsPromises();
    }

    [Fact]
    public void Save_and_restore_as_posted_loses_an_armed_timer_and_fixed_does_not()
    {
        SaveAndRestore(PvTimerParameters.AsPosted with { Worker = WorkerMode.Paced }).ShouldLose(1);
    }

    [Fact]
    public void Save_and_restore_keeps_an_armed_timer() =>
        SaveAndRestore(new PvTimerParameters()).ShouldFire(1).ShouldKeepItsPromises();

    private ScriptResult SaveAndRestore(PvTimerParameters pvTimer)
    {
        HostHandle host = Host(new HostOptions { PvTimer = pvTimer });
        host.Vcpu(0).Guest.ProgramDeadline(@in: 5.Milliseconds());
        Clock.AdvanceTo(1.Milliseconds());
        host.Vcpu(0).SaveAndRestore();
        Clock.AdvanceTo(20.Milliseconds());
        return Finish();
    }

    private static HostOptions Small() =>
        new() { Migration = new MigrationParameters { Memory = new DataSize(1_000) } };

    private static void MigrationReportOf(ScriptResult result, string from, string to)
    {
        var migration = Assert.Single(result.Report.Migrations);
        Assert.Equal((from, to), (migration.From, migration.To));
        Assert.NotNull(migration.Downtime);
    }
}
