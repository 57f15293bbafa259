using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Description;

/// <summary>From a description to entities: who is who, who is where, and what happens to whom when.</summary>
public class MachineDescriptionTests
{
    private static readonly IdleGuest s_guest = new(VirtualDuration.FromMilliseconds(1));

    private static VirtualTime At(long microseconds) =>
        VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds);

    /// <summary>Three hosts of two pCPUs, the second of each for timers; VM a on host 0, b on host 1.</summary>
    private static MachineDescription Three(params MachineEvent[] events)
    {
        MachineDescription one = new TestMachine
        {
            Backend = TimerBackends.PvTimer,
            Hosts = 3,
            Cpus = 2,
            TimerCpu = 1,
            Events = [.. events],
        }.Describe(s_guest);
        VmDescription vm = one.Vms[0];
        return one with
        {
            Vms =
            [
                vm with
                {
                    Name = "a",
                    Pcpus = [0, 1],
                },
                vm with
                {
                    Name = "b",
                    Host = 1,
                    Backend = TimerBackends.Hrtimer,
                },
            ],
        };
    }

    private static string Names(EmulatedMachine machine) =>
        string.Join(' ', machine.Entities.Select(entity => entity.Name));

    [Fact]
    public void Entities_are_numbered_host_by_host()
    {
        EmulatedMachine machine = EmulatedMachine.Build(Three());
        Assert.Equal(
            "h0/pcpu-0 h0/pcpu-1 h0/timer-kthread a/vcpu-0 a/vcpu-1 "
                + "h1/pcpu-0 h1/pcpu-1 h1/timer-kthread b/vcpu-0 h2/pcpu-0 h2/pcpu-1 h2/timer-kthread",
            Names(machine)
        );
        ImmutableArray<IEntity> entities = machine.Entities;
        Assert.Equal(Enumerable.Range(0, 12), entities.Select(entity => entity.Id.Index));
        Assert.Equal(
            [0, 1, 1, 0, 1, 2, 3, 3, 2, 4, 5, 5],
            entities.Select(entity => machine.UnitOf(entity.Id))
        );
        Assert.Equal(
            [0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
            entities.Select(entity => machine.HostOf(entity.Id))
        );
        Assert.Equal(At(20_000), machine.End);
    }

    [Fact]
    public void What_migrations_need_comes_behind_all_hosts_in_the_order_of_the_events()
    {
        EmulatedMachine machine = EmulatedMachine.Build(
            Three(
                new VmMigration(At(100), Vm: 1, ToHost: 2, [0]),
                new VmMigration(At(200), Vm: 0, ToHost: 1, [1, 0]),
                new VmMigration(At(300), Vm: 1, ToHost: 1, [0]),
                new VcpuMove(At(400), Vm: 0, Vcpu: 0, ToPcpu: 0),
                new VmMigration(At(500), Vm: 1, ToHost: 2, [0])
            )
        );
        Assert.EndsWith(
            " b/migration b@h2/migration b@h2/vcpu-0 a/migration a@h1/migration a@h1/vcpu-0 a@h1/vcpu-1",
            Names(machine),
            StringComparison.Ordinal
        );
        Assert.Equal(
            [2, 4, 4, 0, 3, 3, 2],
            machine.Entities.Skip(12).Select(entity => machine.UnitOf(entity.Id))
        );
        string[] script =
        [
            .. machine.Script.Select(message =>
                $"{message.At.Nanoseconds / 1000} {machine.Entities[message.Target.Index].Name} {message.Message}"
            ),
        ];
        Assert.Equal(
            [
                "100 b/migration MigrateVm { ToMover = 13 }",
                "200 a/migration MigrateVm { ToMover = 16 }",
                "300 b@h2/migration MigrateVm { ToMover = 12 }",
                "400 a@h1/vcpu-0 MoveVcpu { ToPcpu = 5 }",
                "500 b/migration MigrateVm { ToMover = 13 }",
            ],
            script
        );
    }

    [Fact]
    public void Event_behind_the_list_meets_its_vm_where_the_list_has_brought_it()
    {
        EmulatedMachine machine = EmulatedMachine.Build(
            Three(new VmMigration(At(100), Vm: 1, ToHost: 2, [0]))
        );
        ScriptedMessage move = machine.Scripted(new VcpuMove(At(900), Vm: 1, Vcpu: 0, ToPcpu: 1));
        Assert.Equal("b@h2/vcpu-0", machine.Entities[move.Target.Index].Name);
        Assert.Equal(new MoveVcpu(new EntityId(10)), move.Message);
        Assert.Equal(At(900), move.At);
        ScriptedMessage raised = machine.Scripted(new VcpuInterrupt(At(900), 0, 1, 0x61));
        Assert.Equal("a/vcpu-1", machine.Entities[raised.Target.Index].Name);
        Assert.Equal(new RaiseInterrupt(0x61), raised.Message);
        Assert.Equal(
            new SetMsr(0x808, 5),
            machine.Scripted(new VcpuSetMsr(At(900), 0, 1, 0x808, 5)).Message
        );
        Assert.Equal(
            SaveRestore.Instance,
            machine.Scripted(new VcpuSaveRestore(At(900), 0, 1)).Message
        );
    }

    [Fact]
    public void Migration_with_nowhere_to_go_is_refused()
    {
        VmMigration there = new(At(100), Vm: 1, ToHost: 2, [0]);
        EmulatedMachine.Build(Three(there));
        Refuses(Three(there) with { Network = null });
        Refuses(Three(there with { ToHost = 1 }));
        Refuses(Three(there, there));
        Refuses(Three(there with { Pcpus = [0, 1] }));
        Refuses(Three(there with { Pcpus = [] }));
        Refuses(Three(there with { Vm = 0, ToHost = 1, Pcpus = [0] }));
    }

    [Fact]
    public void Migration_between_a_host_with_and_one_without_a_timer_cpu_is_refused()
    {
        MachineDescription there = Three(new VmMigration(At(100), Vm: 1, ToHost: 2, [0]));
        ImmutableArray<HostDescription> hosts = there.Hosts;
        HostDescription without = hosts[2] with { TimerCpu = null };
        Refuses(there with { Hosts = hosts.SetItem(2, without) });
        Refuses(there with { Hosts = hosts.SetItem(1, without) });
        EmulatedMachine.Build(there with { Hosts = [without, without, without] });
    }

    private static void Refuses(MachineDescription description) =>
        Assert.Throws<ArgumentException>(() => EmulatedMachine.Build(description));

    [Fact]
    public void Host_has_a_kthread_only_if_it_has_a_timer_cpu_and_some_vm_could_use_it()
    {
        MachineDescription three = Three();
        MachineDescription nobody = three with
        {
            Vms = [.. three.Vms.Select(vm => vm with { Backend = TimerBackends.Hrtimer })],
        };
        Assert.DoesNotContain(
            "kthread",
            Names(EmulatedMachine.Build(nobody)),
            StringComparison.Ordinal
        );
        MachineDescription without = three with
        {
            Hosts = three.Hosts.SetItem(0, three.Hosts[0] with { TimerCpu = null }),
        };
        Assert.DoesNotContain(
            "h0/timer-kthread",
            Names(EmulatedMachine.Build(without)),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "h1/timer-kthread",
            Names(EmulatedMachine.Build(without)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Shortest_latency_bounds_what_units_send_each_other()
    {
        EmulatedMachine machine = EmulatedMachine.Build(Three());
        Assert.Equal(50, machine.MinimumLatency(0, 1).Nanoseconds);
        Assert.Equal(50_000, machine.MinimumLatency(0, 2).Nanoseconds);
        EmulatedMachine apart = EmulatedMachine.Build(Three() with { Network = null });
        Assert.Equal(1_000_000_000, apart.MinimumLatency(3, 4).Nanoseconds);
        foreach (
            CostProfile costs in (CostProfile[])
                [
                    SimpleCosts.Plausible with
                    {
                        ExitTransition = One,
                    },
                    SimpleCosts.Plausible with
                    {
                        EntryTransition = One,
                    },
                    SimpleCosts.Plausible with
                    {
                        InterruptRecognition = One,
                    },
                    SimpleCosts.Plausible with
                    {
                        IpiSameSocket = One,
                    },
                    SimpleCosts.Plausible with
                    {
                        IpiCrossSocket = One,
                    },
                    SimpleCosts.Plausible with
                    {
                        LineTransferSameSocket = One,
                    },
                    SimpleCosts.Plausible with
                    {
                        LineTransferCrossSocket = One,
                    },
                ]
        )
        {
            MachineDescription cheap = new TestMachine { Costs = costs }.Describe(s_guest);
            Assert.Equal(One, EmulatedMachine.Build(cheap).MinimumLatency(0, 1));
        }
    }

    private static VirtualDuration One => VirtualDuration.Smallest;

    [Fact]
    public void Vm_that_wanders_goes_round_all_pcpus_but_the_timer_cpu()
    {
        TestMachine machine = new()
        {
            Cpus = 4,
            TimerCpu = 1,
            Pcpus = [2, 1],
            MoveEvery = VirtualDuration.FromMicroseconds(6_000),
        };
        EmulatedMachine built = EmulatedMachine.Build(machine.Describe(s_guest, vcpus: 2));
        string[] moves =
        [
            .. built.Script.Select(message =>
                $"{message.At.Nanoseconds / 1000} {message.Target} {((MoveVcpu)message.Message).ToPcpu}"
            ),
        ];
        // From pCPU 2 to 3, 0, 2; one that starts on the timer CPU begins at the ring's first.
        Assert.Equal(
            ["6000 4 3", "6000 5 2", "12000 4 0", "12000 5 3", "18000 4 2", "18000 5 0"],
            moves
        );
        Assert.Empty(
            EmulatedMachine
                .Build((machine with { MoveEvery = default }).Describe(s_guest, 2))
                .Script
        );
        TestMachine atEnd = machine with { Duration = VirtualDuration.FromMicroseconds(12_000) };
        Assert.Equal(2, EmulatedMachine.Build(atEnd.Describe(s_guest, 2)).Script.Length);
    }
}
