using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Swarms;

/// <summary>
/// Random scripts of register accesses on vCPUs that share pCPUs, are moved, paused, saved, restored, kept waiting
/// and migrated: every value that a guest reads is the one of <see cref="NaiveLapic"/>, which knows of none of
/// that. More of them: PVTIMER_SCRIPTS=20000, from PVTIMER_SCRIPT_SEED.
/// </summary>
public class RegisterSwarmTests
{
    private const int Usual = 20_000;

    private static readonly uint[] Readable = [0x832, 0x838, 0x839, 0x839, 0x83e, 0x6e0, 0x6e0];
    private static readonly ulong[] Dividers = [0xb, 0, 1, 2, 3];

    [Fact]
    public void Every_register_reads_what_a_naive_lapic_says_however_late_its_interrupts_are()
    {
        int scripts = NumberOf("PVTIMER_SCRIPTS", Usual);
        int first = NumberOf("PVTIMER_SCRIPT_SEED", 1);
        long reads = 0;
        for (int seed = first; seed < first + scripts; seed++)
        {
            reads += Try(seed);
        }
        Assert.True(reads > scripts * 10L, $"{reads} reads");
    }

    private static int NumberOf(string name, int otherwise) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(name),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int number
        )
            ? number
            : otherwise;

    private static long Try(int seed)
    {
        Random random = new(seed);
        int vcpus = random.Next(1, 4);
        List<bool>[] writes = [.. Enumerable.Range(0, vcpus).Select(_ => new List<bool>())];
        ScriptedProgram[] guests = [.. writes.Select(own => Script(random, own))];
        TestMachine machine = new()
        {
            Backend = random.Next(2) == 0 ? TimerBackends.Hrtimer : TimerBackends.PvTimer,
            // Most of them share a pCPU.
            Pcpus = [.. Enumerable.Range(0, vcpus).Select(_ => random.Next(2))],
            MoveEvery = VirtualDuration.FromMicroseconds(
                random.Next(3) == 0 ? random.Next(100, 900) : 0
            ),
            Hosts = 2,
            Duration = VirtualDuration.FromMilliseconds(15),
            Events = [.. Events(random, vcpus)],
        };
        EmulatedMachine built = EmulatedMachine.Build(
            machine.Describe(new ProgrammedGuest(seat => guests[seat.Vcpu]), vcpus)
        );
        SequentialEngine.Run(built, new RunOptions());
        return guests
            .Zip(writes, (guest, own) => Compare(guest.Accesses, own, machine, seed))
            .Sum();
    }

    private static long Compare(
        List<MadeAccess> accesses,
        List<bool> writes,
        TestMachine machine,
        int seed
    )
    {
        ulong TscAt(long now) => machine.TscAtStart.Value + (ulong)(now * 5 / 2);
        NaiveLapic naive = new(TscAt);
        bool hasMode = false;
        // A count that is saved loses less than a count of the slowest divider.
        long slack =
            128 * machine.Events.Count(happening => happening is VcpuSaveRestore or VmMigration);
        long reads = 0;
        foreach ((MadeAccess access, bool isWrite) in accesses.Zip(writes))
        {
            // The guest's clock stands still while the VM is on its way to another host.
            long now = ((long)(access.Tsc.Value - machine.TscAtStart.Value) * 2 + 4) / 5;
            if (isWrite)
            {
                naive.Write(now, access.Msr, access.Value);
                hasMode |= access.Msr == MsrIndex.X2ApicLvtTimer;
            }
            else if (hasMode)
            {
                reads++;
                Assert.True(
                    naive.Reads(now, access.Msr, access.Value, slack),
                    $"seed {seed}: 0x{access.Msr:x} read {access.Value} at {now} ns"
                );
            }
        }
        return reads;
    }

    /// <param name="random">What is drawn from.</param>
    /// <param name="writes">Of each access, whether it is a write.</param>
    private static ScriptedProgram Script(Random random, List<bool> writes)
    {
        ScriptedProgram guest = new();
        Write(guest, writes, 0x832, Mode(random));
        for (int step = 0; step < 40; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    Write(
                        guest,
                        writes,
                        0x832,
                        Mode(random) | (random.Next(8) == 0 ? 0x1_0000UL : 0)
                    );
                    break;
                case 1:
                    Write(
                        guest,
                        writes,
                        0x838,
                        random.Next(6) == 0 ? 0UL : (ulong)random.Next(1, 700_000)
                    );
                    break;
                case 2:
                    Write(guest, writes, 0x838, (ulong)random.Next(1, 90_000));
                    break;
                case 3:
                    Write(guest, writes, 0x83e, Dividers[random.Next(Dividers.Length)]);
                    break;
                case 4:
                    guest.WriteDeadlineIn(random.Next(-50, 600));
                    writes.Add(true);
                    break;
                case 5:
                    Write(guest, writes, 0x6e0, 0);
                    break;
                case 6:
                    guest.Compute(random.Next(1, 400));
                    break;
                default:
                    guest.Read(Readable[random.Next(Readable.Length)]);
                    writes.Add(false);
                    break;
            }
        }
        return guest;
    }

    private static ulong Mode(Random random) => 0xec | ((ulong)random.Next(4) << 17);

    private static void Write(ScriptedProgram guest, List<bool> writes, uint msr, ulong value)
    {
        guest.Write(msr, value);
        writes.Add(true);
    }

    private static IEnumerable<MachineEvent> Events(Random random, int vcpus)
    {
        VirtualTime at = VirtualTime.Zero;
        int host = 0;
        for (int number = random.Next(4); number > 0; number--)
        {
            at += VirtualDuration.FromMicroseconds(random.Next(1, 3_000));
            VirtualDuration span = VirtualDuration.FromMicroseconds(random.Next(1, 800));
            yield return random.Next(5) switch
            {
                0 => new VmPause(at, Vm: 0, span),
                3 => new VcpuSaveRestore(at, Vm: 0, random.Next(vcpus)),
                4 => new VmMigration(
                    at,
                    Vm: 0,
                    host = 1 - host,
                    [.. Enumerable.Range(0, vcpus).Select(_ => random.Next(3))]
                ),
                // A host timer that is later than its period begins a new grid, and only the host knows when.
                1 => new PcpuStall(
                    at,
                    host,
                    random.Next(2),
                    VirtualDuration.FromMicroseconds(random.Next(1, 150))
                ),
                _ => new VcpuMove(at, Vm: 0, random.Next(vcpus), random.Next(3)),
            };
        }
    }
}
