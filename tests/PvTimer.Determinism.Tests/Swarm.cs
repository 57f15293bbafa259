using System;
using System.Collections.Generic;
using System.Globalization;
using PvTimer.Model.Description;

namespace PvTimer.Determinism.Tests;

/// <summary>How many machines a swarm has, and how one that fails is shown.</summary>
/// <remarks>PVTIMER_MACHINES=200000 tries so many, whatever a test's own number is.</remarks>
internal static class Swarm
{
    /// <param name="usual">So many, unless the variable says another number.</param>
    public static int Of(int usual) =>
        Environment.GetEnvironmentVariable("PVTIMER_MACHINES") is { Length: > 0 } number
            ? int.Parse(number, CultureInfo.InvariantCulture)
            : usual;

    /// <summary>What a record's own text leaves out: hosts, VMs with their pCPUs, and events, a line each.</summary>
    public static string Show(MachineDescription machine)
    {
        List<string> lines = [machine.ToString()];
        foreach (HostDescription host in machine.Hosts)
        {
            lines.Add(host.ToString());
        }
        foreach (VmDescription vm in machine.Vms)
        {
            lines.Add($"{vm}, on pCPUs {string.Join(' ', vm.Pcpus)}");
        }
        foreach (MachineEvent happening in machine.Events)
        {
            lines.Add(happening.ToString());
        }
        return string.Join('\n', lines);
    }
}
