using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Migration;
using PvTimer.Model.Msrs;
using PvTimer.Model.Reports;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Conformance;

/// <summary>Live migration between hosts, in every phase of a timer's life.</summary>
public class LiveMigrationTests
{
    private const byte OtherVector = 0x41;
    private const long Due = 1_000_000;

    private static readonly TestMachine Machine = new()
    {
        Hosts = 2,
        HaltPoll = VirtualDuration.Zero,
        Duration = VirtualDuration.FromMilliseconds(8),
    };

    /// <summary>Over the whole life of a timer of 1 ms, and closely around its expiry.</summary>
    private static IEnumerable<long> Phases =>
        Enumerable
            .Range(0, 60)
            .Select(step => step * 17_003L)
            .Concat(Enumerable.Range(0, 90).Select(step => Due - 2_000 + (step * 97L)));

    private static VmMigration MigrateAt(long nanoseconds, int to = 1, int vcpus = 1) =>
        new(VirtualTime.FromNanoseconds(nanoseconds), Vm: 0, to, [.. Enumerable.Range(0, vcpus)]);

    [Theory]
    [InlineData("hrtimer", TscInDowntime.Stops, true)]
    [InlineData("hrtimer", TscInDowntime.Stops, false)]
    [InlineData("hrtimer", TscInDowntime.Counts, true)]
    [InlineData("hrtimer", TscInDowntime.Counts, false)]
    [InlineData("pvtimer", TscInDowntime.Stops, true)]
    [InlineData("pvtimer", TscInDowntime.Stops, false)]
    [InlineData("pvtimer", TscInDowntime.Counts, true)]
    [InlineData("pvtimer", TscInDowntime.Counts, false)]
    public void Behaviour_47_a_timer_fires_once_and_not_early_whenever_its_vm_is_migrated(
        string backend,
        TscInDowntime tsc,
        bool halts
    )
    {
        foreach (long at in Phases)
        {
            ScriptedProgram guest = new ScriptedProgram().ProgramIn(1000);
            guest = halts ? guest.Halt() : guest.Compute(5000);
            MachineReport report = (
                Machine with
                {
                    Backend = TimerBackends.Of(backend),
                    Events = [MigrateAt(at)],
                    Migration = Machine.Migration with { Tsc = tsc },
                }
            ).Run(guest);
            Assert.Single(guest.Interrupts);
            Assert.Equal(new TimerCounts(1, 1, 0, 0, 0, 0, 0), report.Timers);
            Assert.NotNull(Assert.Single(report.Migrations).Total);
        }
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Behaviour_56_a_one_shot_count_expires_once_whenever_its_vm_is_migrated(
        string backend
    )
    {
        foreach (long at in Phases)
        {
            ScriptedProgram guest = new ScriptedProgram()
                .Write(MsrIndex.X2ApicLvtTimer, 236)
                .Write(MsrIndex.X2ApicInitialCount, (uint)(Due / 2))
                .Halt();
            MachineReport report = (
                Machine with
                {
                    Backend = TimerBackends.Of(backend),
                    Events = [MigrateAt(at)],
                }
            ).Run(guest);
            // The counter stands still in the downtime, which is the network's latency at least.
            VirtualTime earliest = VirtualTime.FromNanoseconds(at < Due ? Due + 50_000 : Due);
            Assert.True(Assert.Single(guest.Interrupts).At >= earliest);
            Assert.Equal(1, report.Timers.Fired);
            Assert.Equal(0, report.Timers.Early);
        }
    }

    [Theory]
    [InlineData("hrtimer", 2u)]
    [InlineData("hrtimer", 0u)]
    [InlineData("pvtimer", 2u)]
    [InlineData("pvtimer", 0u)]
    public void Behaviour_56_registers_saved_and_set_around_an_expiry_give_one_interrupt(
        string backend,
        uint mode
    )
    {
        foreach (long at in Phases)
        {
            ScriptedProgram guest = new();
            if (mode == 0)
            {
                guest
                    .Write(MsrIndex.X2ApicLvtTimer, 236)
                    .Write(MsrIndex.X2ApicInitialCount, (uint)(Due / 2))
                    .Halt();
            }
            else
            {
                guest.ProgramIn(1000).Compute(3000);
            }
            MachineReport report = (
                Machine with
                {
                    Hosts = 1,
                    Backend = TimerBackends.Of(backend),
                    Outside = [(VirtualDuration.FromNanoseconds(at), 0, SaveRestore.Instance)],
                }
            ).Run(guest);
            Assert.Single(guest.Interrupts);
            Assert.Equal(1, report.Timers.Fired);
            Assert.Equal(0, report.Timers.Early);
        }
    }

    [Theory]
    [InlineData(100_000, true)] // in the page: guest memory goes along
    [InlineData(2_000_000, false)] // armed on the dedicated CPU: the MSR's value is ignored (flaw 4)
    public void Behaviour_53_as_posted_a_migration_loses_what_is_armed_but_not_what_is_in_the_page(
        long at,
        bool survives
    )
    {
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(5000).Halt();
        TestMachine asPosted = Machine with
        {
            Backend = TimerBackends.PvTimer,
            Duration = VirtualDuration.FromMilliseconds(20),
            PvTimer = new PvTimerParameters
            {
                Variant = PvTimerVariant.AsPosted,
                Flaws = PvTimerFlaws.All,
            },
            Events = [MigrateAt(at)],
        };
        MachineReport report = asPosted.Run(guest);
        Assert.Equal(survives ? 1 : 0, guest.Interrupts.Count);
        Assert.Equal(survives ? 0 : 1, report.Timers.Lost);
        ScriptedProgram same = new ScriptedProgram().ProgramIn(5000).Halt();
        Assert.Equal(0, (asPosted with { PvTimer = new() }).Run(same).Timers.Lost);
        Assert.Single(same.Interrupts);
    }

    [Theory]
    [InlineData(TscInDowntime.Stops)]
    [InlineData(TscInDowntime.Counts)]
    public void Guest_tsc_stands_still_in_the_downtime_or_goes_on(TscInDowntime tsc)
    {
        // The deadline lies in the downtime of 2 ms.
        ScriptedProgram guest = new ScriptedProgram().ProgramIn(1000).Halt();
        MachineReport report = (
            Machine with
            {
                Latency = VirtualDuration.FromMilliseconds(2),
                Events = [MigrateAt(600_000)],
                Migration = Machine.Migration with { Tsc = tsc },
            }
        ).Run(guest);
        TakenInterrupt taken = Assert.Single(guest.Interrupts);
        long expected = tsc == TscInDowntime.Stops ? 3_000_000 : 2_600_000;
        Assert.InRange(taken.At.Nanoseconds, expected, expected + 60_000);
        long late = report.LatenessAscending().Single().Nanoseconds;
        Assert.InRange(
            late,
            tsc == TscInDowntime.Stops ? 0 : 1_590_000,
            taken.At.Nanoseconds - expected + 1_610_000
        );
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Behaviour_47_a_vm_that_goes_to_and_fro_every_millisecond_keeps_all_its_timers(
        string backend
    )
    {
        MachineReport report = (
            Machine with
            {
                Backend = TimerBackends.Of(backend),
                Duration = VirtualDuration.FromMilliseconds(41),
                Events =
                [
                    .. Enumerable
                        .Range(1, 38)
                        .Select(i => MigrateAt(i * 1_001_003L, i % 2, vcpus: 3)),
                ],
            }
        ).Run(
            new CyclictestGuest(VirtualDuration.FromMicroseconds(300), 1, default, default),
            vcpus: 3
        );
        Assert.Equal(38, report.Migrations.Length);
        Assert.All(report.Migrations, migration => Assert.NotNull(migration.Total));
        Assert.Equal(0, report.Timers.Lost);
        Assert.Equal(0, report.Timers.Early);
        Assert.InRange(report.Timers.Fired, 250, 410);
        Assert.InRange(report.Lateness.Quantile(10_000).Nanoseconds, 0, 200_000);
    }

    [Theory]
    [InlineData("hrtimer")]
    [InlineData("pvtimer")]
    public void Ipis_between_siblings_arrive_all_of_them_whenever_their_vm_is_migrated(
        string backend
    )
    {
        const int Ipis = 40;
        for (long at = 20_000; at < 60_000; at += 397)
        {
            ScriptedProgram sender = new();
            for (int i = 0; i < Ipis; i++)
            {
                sender.Write(MsrIndex.X2ApicIcr, (1UL << 32) | OtherVector).Compute(10);
            }
            ScriptedProgram receiver = new ScriptedProgram().Compute(3000);
            (
                Machine with
                {
                    Backend = TimerBackends.Of(backend),
                    Events = [MigrateAt(at, vcpus: 2)],
                }
            ).Run(sender, receiver);
            Assert.Equal(Ipis, receiver.Interrupts.Count);
        }
    }

    [Fact]
    public void The_guest_runs_on_while_its_memory_is_copied_and_rounds_go_on_until_the_rest_fits()
    {
        // 1 MiB at 10 Gbit/s; each round leaves 1/5 of what it sent; 10 000 bytes are allowed.
        MigrationParameters parameters = new()
        {
            Memory = DataSize.FromMebibytes(1),
            DirtyRate = new DataRate(2_000_000_000),
            MaxDowntime = VirtualDuration.FromMicroseconds(8),
        };
        PreCopy rounds = PreCopy.Of(
            parameters,
            new(VirtualDuration.FromMicroseconds(50), DataRate.FromGigabits(10))
        );
        Assert.Equal(3, rounds.Rounds);
        Assert.Equal(1_048_576 / 125, rounds.Left.Bytes);
        Assert.InRange(
            rounds.Length.Nanoseconds,
            838_861 + 167_772 + 33_554,
            838_861 + 167_772 + 33_560
        );
        Assert.Equal(
            1,
            PreCopy
                .Of(parameters with { MaxRounds = 1 }, new(default, DataRate.FromGigabits(10)))
                .Rounds
        );

        ScriptedProgram guest = new ScriptedProgram().ProgramIn(500).Compute(5000);
        MachineReport report = (
            Machine with
            {
                Events = [MigrateAt(100_000)],
                Migration = parameters,
            }
        ).Run(guest);
        Assert.InRange(Assert.Single(guest.Interrupts).At.Nanoseconds, 500_000, 510_000);
        MigrationReport migration = Assert.Single(report.Migrations);
        Assert.Equal(
            ("vm", "h0", "h1", 3),
            (migration.Vm, migration.From, migration.To, migration.Rounds)
        );
        // What is left, the network's latency, and what stopping takes.
        Assert.InRange(migration.Downtime!.Value.Nanoseconds, 56_700, 65_000);
        Assert.Equal(rounds.Length, migration.Total!.Value - migration.Downtime.Value);
    }

    [Fact]
    public void What_the_emulator_counted_of_a_vcpu_weighs_nothing_in_a_migration()
    {
        NanosleepGuest guest = new(
            VirtualDuration.FromMicroseconds(170),
            VirtualDuration.FromMicroseconds(5)
        );
        // 1 Mbit/s: a byte more takes 8 us more.
        long[] downtimes = [.. new long[] { 1_000_000, 100_000_000 }.Select(at => (
                    Machine with
                    {
                        Duration = VirtualDuration.FromMilliseconds(200),
                        Events = [MigrateAt(at)],
                        Migration = new()
                        {
                            Memory = new DataSize(1),
                            DirtyRate = default,
                            Bandwidth = new DataRate(1_000_000),
                        },
                    }
                ).Run(guest).Migrations.Single().Downtime!.Value.Nanoseconds)];
        Assert.InRange(downtimes[1] - downtimes[0], -1_000, 1_000);
    }

    [Theory]
    [InlineData("hrtimer", false)]
    [InlineData("pvtimer", false)]
    [InlineData("pvtimer", true)] // its scan visits every vCPU that is there
    public void What_a_migration_needs_changes_no_number_and_no_entity_until_it_happens(
        string backend,
        bool asPosted
    )
    {
        NanosleepGuest guest = new(
            VirtualDuration.FromMicroseconds(170),
            VirtualDuration.FromMicroseconds(5)
        );
        TestMachine plain = Machine with
        {
            Backend = TimerBackends.Of(backend),
            PvTimer = new() { Flaws = asPosted ? PvTimerFlaws.All : PvTimerFlaws.None },
        };
        TestMachine prepared = plain with
        {
            Events = [MigrateAt(plain.Duration.Nanoseconds, vcpus: 3)],
        };
        MachineReport expected = plain.Run(guest, vcpus: 3);
        MachineReport report = prepared.Run(guest, vcpus: 3);
        Assert.Equal(expected.Timers, report.Timers);
        Assert.Equal(expected.Cpu, report.Cpu);
        Assert.Equal(expected.Scans, report.Scans);
        Assert.Equal(expected.PageUpdates, report.PageUpdates);
        Assert.Equal(expected.Vcpus, report.Vcpus.AsEnumerable());
        Assert.Empty(report.Migrations);
        string[] names = NamesOf(prepared, guest);
        Assert.Equal(NamesOf(plain, guest), names[..^5]);
        Assert.Equal(
            ["vm/migration", "vm@h1/migration", "vm@h1/vcpu-0", "vm@h1/vcpu-1", "vm@h1/vcpu-2"],
            names[^5..]
        );
    }

    private static string[] NamesOf(TestMachine machine, GuestDescription guest) =>
        [
            .. EmulatedMachine
                .Build(machine.Describe(guest, vcpus: 3))
                .Entities.Select(entity => entity.Name),
        ];

    [Fact]
    public void Timer_advance_is_for_tsc_deadlines_only()
    {
        ScriptedProgram guest = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, 236)
            .Write(MsrIndex.X2ApicInitialCount, (uint)(Due / 2))
            .Halt();
        MachineReport with = (
            Machine with
            {
                TimerAdvance = VirtualDuration.FromMicroseconds(5),
            }
        ).Run(guest);
        ScriptedProgram same = new ScriptedProgram()
            .Write(MsrIndex.X2ApicLvtTimer, 236)
            .Write(MsrIndex.X2ApicInitialCount, (uint)(Due / 2))
            .Halt();
        MachineReport without = Machine.Run(same);
        Assert.Equal(same.Interrupts, guest.Interrupts);
        Assert.Equal(without.Cpu, with.Cpu);
    }
}
