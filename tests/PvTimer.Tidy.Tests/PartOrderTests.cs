using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace PvTimer.Tidy.Tests;

/// <summary>
/// The parts of a vCPU and of a pCPU hold one reference, to the entity that they are of (a reference to each part that they
/// use would be half of the entity's memory). Each still uses only those above it in the order that the entity's comment
/// gives.
/// </summary>
public sealed partial class PartOrderTests
{
    private const string Vcpus = "src/PvTimer.Model/Vcpus/";
    private const string Processors = "src/PvTimer.Model/Processors/";

    // File, and as what the entity has it.
    private static readonly (string File, string Property)[] PartsOfVcpu =
    [
        ("VcpuConfiguration", "Configuration"),
        ("Lapic", "Lapic"),
        ("TimerLedger", "Timers"),
        ("ExitLedger", "Exits"),
        ("GuestTimer", "Timer"),
        ("VcpuMode", "Mode"),
        ("VcpuStanding", "Standing"),
        ("GuestExecution", "Execution"),
        ("ApicSignals", "Signals"),
        ("EventInjection", "Injection"),
        ("InterruptDelivery", "Delivery"),
        ("VmExits", "VmExits"),
        ("TimerEmulation", "Emulation"),
        ("MsrFile", "Msrs"),
        ("GuestSoftware", "Software"),
        ("MsrAccesses", "Accesses"),
        ("ForcedExits", "Forced"),
        ("GuestRun", "Run"),
        ("InterruptAcceptance", "Acceptance"),
        ("VcpuMigration", "Migration"),
    ];

    private static readonly (string File, string Property)[] PartsOfPcpu =
    [
        ("PcpuSite", "Site"),
        ("CpuHrtimers", "Hrtimers"),
        ("HostExecutor", "Executor"),
        ("InterruptPosting", "Posting"),
        ("HostTimers", "Timers"),
        ("TimerCpu", "TimerCpu"),
        ("BoundKthread", "Kthread"),
        ("ThreadScheduler", "Scheduler"),
        ("GuestMode", "Guest"),
        ("InterruptController", "Interrupts"),
        ("ThreadMigration", "Migration"),
        ("GuestEntry", "Entry"),
        ("HaltHandler", "Halts"),
        ("ExitHandlers", "Exits"),
        ("WakeUps", "WakeUps"),
        ("TimerRequests", "Requests"),
        ("InterruptHandlers", "Handlers"),
        ("CpuHotplug", "Hotplug"),
    ];

    [Fact]
    public void Part_of_a_vcpu_uses_those_above_it_only() =>
        Offenders.None(Upward(Vcpus, PartsOfVcpu, UseOfVcpu()));

    [Fact]
    public void Part_of_a_pcpu_uses_those_above_it_only() =>
        Offenders.None(Upward(Processors, PartsOfPcpu, UseOfPcpu()));

    private static IEnumerable<string> Upward(
        string folder,
        (string File, string Property)[] parts,
        Regex use
    )
    {
        string[] order = [.. parts.Select(part => part.Property)];
        for (int place = 0; place < parts.Length; place++)
        {
            string file = $"{folder}{parts[place].File}.cs";
            if (!Repository.SourceFiles(".cs").Contains(file, StringComparer.Ordinal))
            {
                // Of another folder, and used by others, too: it knows no entity.
                continue;
            }
            foreach (Match match in use.Matches(Repository.Read(file)))
            {
                string used = match.Groups["used"].Value;
                if (Array.IndexOf(order, used) is int found && (found < 0 || found >= place))
                {
                    yield return $"{file} uses {used}, which is not above it";
                }
            }
        }
    }

    [GeneratedRegex(
        @"\b_?vcpu\s*\.(?!Id\b|Transfer\b)(?<used>\w+)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex UseOfVcpu();

    [GeneratedRegex(
        @"\b_pcpu\s*\.(?!Id\b|Transfer\b)(?<used>\w+)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex UseOfPcpu();
}
