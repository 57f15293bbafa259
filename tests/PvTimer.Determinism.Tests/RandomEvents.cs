using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;

namespace PvTimer.Determinism.Tests;

/// <summary>What is done to a random machine from outside; each number says all about one event.</summary>
internal static class RandomEvents
{
    /// <summary>One in so many of what is done to pCPUs unplugs one; the others stall one.</summary>
    private const uint Stalls = 4;

    /// <summary>Events of VMs and vCPUs, and of pCPUs, in the order of their times.</summary>
    public static ImmutableArray<MachineEvent> Of(
        MachineDescription machine,
        uint[] toVms,
        uint[] toPcpus
    ) =>
        [
            .. ToVms(machine, toVms, Unplugs(toPcpus))
                .Concat(ToPcpus(machine, toPcpus))
                .OrderBy(happening => happening.At),
        ];

    /// <summary>Some timer CPU is unplugged: no vCPU may be on any.</summary>
    public static bool Unplugs(uint[] toPcpus) => toPcpus.Any(IsOffline);

    /// <summary>So many pCPUs of a host, from 0, may have vCPUs.</summary>
    public static int CpusForGuests(HostDescription host, bool unplugs) =>
        unplugs ? host.TimerCpu ?? host.Cpus : host.Cpus;

    private static bool IsOffline(uint number) => number % Stalls == 0;

    private static IEnumerable<MachineEvent> ToPcpus(MachineDescription machine, uint[] numbers)
    {
        foreach (uint number in numbers)
        {
            uint rest = number / Stalls;
            int index = (int)(rest % (uint)machine.Hosts.Length);
            HostDescription host = machine.Hosts[index];
            VirtualTime at = VirtualTime.FromNanoseconds(rest / 8 % machine.Duration.Nanoseconds);
            if (!IsOffline(number))
            {
                // From nothing to speak of to a third of a millisecond.
                long length = 1L << (int)(rest / 5 % 19);
                yield return new PcpuStall(
                    at,
                    index,
                    (int)(rest / 3 % (uint)host.Cpus),
                    VirtualDuration.FromNanoseconds(length + (rest % 100))
                );
            }
            else if (host.TimerCpu is { } timerCpu)
            {
                yield return new PcpuOffline(at, index, timerCpu);
            }
        }
    }

    private static IEnumerable<MachineEvent> ToVms(
        MachineDescription machine,
        uint[] numbers,
        bool unplugs
    )
    {
        int[] hostOf = [.. machine.Vms.Select(vm => vm.Host)];
        long slot = machine.Duration.Nanoseconds / (numbers.Length + 1);
        for (int i = 0; i < numbers.Length; i++)
        {
            uint number = numbers[i];
            VirtualTime at = VirtualTime.FromNanoseconds((slot * i) + (number % slot));
            int vm = (int)(number / 7 % (uint)machine.Vms.Length);
            VmDescription of = machine.Vms[vm];
            int to = (int)(number / 64 % (uint)machine.Hosts.Length);
            int cpus = CpusForGuests(machine.Hosts[to], unplugs);
            int pcpu = (int)(number / 1024 % (uint)cpus);
            int vcpu = pcpu % of.Pcpus.Length;
            if (number / 3 % 2 == 0)
            {
                yield return ToVcpu(at, vm, vcpu, of, number / 11);
            }
            else if (to == hostOf[vm])
            {
                yield return new VcpuMove(at, vm, vcpu, pcpu);
            }
            else if (
                machine.Hosts[to].TimerCpu is null
                == machine.Hosts[hostOf[vm]].TimerCpu is null
            )
            {
                hostOf[vm] = to;
                yield return new VmMigration(
                    at,
                    vm,
                    to,
                    [.. of.Pcpus.Select(cpu => (cpu + pcpu) % cpus)]
                );
            }
        }
    }

    private static VmEvent ToVcpu(VirtualTime at, int vm, int vcpu, VmDescription of, uint number)
    {
        VirtualDuration span = VirtualDuration.FromNanoseconds(1 + (number % 700_000));
        return (number / 3 % 5) switch
        {
            4 => new VmPause(at, vm, span),
            0 => new VcpuInterrupt(at, vm, vcpu, Vector: 0x51),
            1 => new VcpuSaveRestore(at, vm, vcpu),
            2 when of.Guest is not CommandedGuest => new VcpuSetMsr(
                at,
                vm,
                vcpu,
                MsrIndex.Ia32TscDeadline,
                of.TscAtStart.Value + (number % 8_000_000)
            ),
            _ when of.Guest is CommandedGuest => new VcpuCommand(
                at,
                vm,
                vcpu,
                [
                    GuestInstruction.Program(span),
                    GuestInstruction.Compute(span),
                    GuestInstruction.Program(span),
                ],
                [GuestInstruction.Program(span)]
            ),
            _ => new VcpuInterrupt(at, vm, vcpu, Vector: 0x52),
        };
    }
}
