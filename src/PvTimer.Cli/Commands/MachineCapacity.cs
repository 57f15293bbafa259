using System;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Commands;

/// <summary>What this machine can hold; what exceeds it is refused before anything starts.</summary>
/// <param name="Cores">Logical CPUs that the process may use.</param>
/// <param name="AvailableBytes">Memory that is free to be used, within the limits of a container.</param>
internal sealed record MachineCapacity(int Cores, long AvailableBytes)
{
    /// <summary>More nodes than this share of a core do not find each other in time.</summary>
    public const int NodesPerCore = 8;

    /// <summary>Regions are threads that wait for each other at every window.</summary>
    public const int RegionsPerCore = 32;

    /// <summary>Resident memory of a node in mid-run of a small machine, 145 to 171 MB measured.</summary>
    private const long ProcessBytes = 170_000_000;

    /// <summary>
    /// A CPU with its actor, its guest and its ledgers: 3.2 KB are kept (`pvtimer bench scale`: 6.6 KB for a vCPU with its
    /// pCPU and their actors), and the garbage collector wants room.
    /// </summary>
    private const long CpuBytes = 5_000;

    /// <summary>Of this machine, now.</summary>
    public static MachineCapacity OfThisMachine()
    {
        // The runtime knows the limits of a container, the system what other processes have taken.
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new MachineCapacity(
            Environment.ProcessorCount,
            Math.Min(limit, AvailableToSystem() ?? limit)
        );
    }

    /// <param name="obstacle">Why this machine is too small; null: it is not.</param>
    /// <param name="force">The user wants it all the same.</param>
    /// <exception cref="UsageException">It is too small.</exception>
    public static void Check(string? obstacle, bool force)
    {
        if (obstacle is not null && !force)
        {
            throw new UsageException($"{obstacle}, or --force");
        }
    }

    /// <summary>Why this machine cannot hold a run, with the figures; null if it can.</summary>
    /// <param name="scenario">Every process builds its whole machine.</param>
    /// <param name="nodes">Processes that are launched; 0: it is run by this one, or elsewhere.</param>
    /// <param name="regions">Threads of each.</param>
    public string? ObstacleOf(Scenario scenario, int nodes, int regions)
    {
        double cpus =
            ((double)scenario.Hosts * scenario.Host.Cpus)
            + scenario.Vms.Sum(vm => (double)vm.Count * vm.Vcpus);
        long processes = nodes + 1L;
        double needed = processes * (ProcessBytes + (cpus * CpuBytes));
        string? memory =
            needed > AvailableBytes
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"memory: {cpus:0} pCPUs and vCPUs in {processes} process{(nodes > 0 ? "es" : "")} need about {Gigabytes(needed)}, {Gigabytes(AvailableBytes)} are available; accepted: a smaller machine or fewer --nodes"
                )
                : null;
        return ObstacleOfNodes(nodes) ?? ObstacleOf(regions) ?? memory;
    }

    /// <summary>Why the cores cannot run so many processes side by side; null if they can.</summary>
    public string? ObstacleOfNodes(int nodes) =>
        ObstacleOf("--nodes", "processes", nodes, NodesPerCore);

    /// <summary>Why the cores cannot run so many regions side by side; null if they can.</summary>
    public string? ObstacleOf(int regions) =>
        ObstacleOf("--regions", "threads", regions, RegionsPerCore);

    private string? ObstacleOf(string option, string what, int count, int perCore)
    {
        long most = (long)Cores * perCore;
        return count > most
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{option}: {count} {what} on {Cores} core{(Cores > 1 ? "s" : "")}; accepted: at most {most}, {perCore} to a core"
            )
            : null;
    }

    private static string Gigabytes(double bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");

    /// <summary>MemAvailable of /proc/meminfo, see proc(5); null where there is none.</summary>
    private static long? AvailableToSystem()
    {
        try
        {
            string? line = File.ReadLines("/proc/meminfo")
                .FirstOrDefault(each => each.StartsWith("MemAvailable:", StringComparison.Ordinal));
            string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return words.Length > 1
                ? 1024 * long.Parse(words[1], CultureInfo.InvariantCulture)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
