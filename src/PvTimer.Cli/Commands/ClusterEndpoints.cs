using System;
using System.IO;
using System.Linq;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Commands;

/// <summary>Which cluster is meant.</summary>
internal static class ClusterEndpoints
{
    /// <param name="given">What the option for nodes says.</param>
    /// <param name="run">What --run says; null: nothing.</param>
    /// <param name="option">The option for nodes.</param>
    /// <returns>"host:port" of nodes, at least one.</returns>
    /// <exception cref="UsageException">There is none.</exception>
    public static string[] Of(string[] given, string? run, string option)
    {
        if (given.FirstOrDefault(each => !ClusterDoor.IsEndpoint(each)) is { } wrong)
        {
            throw new UsageException($"{option}: '{wrong}'; accepted: HOST:PORT");
        }
        if (given.Length > 0)
        {
            return given;
        }
        string accepted =
            $"accepted: {option} HOST:PORT, --run DIR, or a run that is alive in runs/";
        if (run is null)
        {
            return OfNewestRun()
                ?? throw new UsageException($"no run in runs/ has living nodes; {accepted}");
        }
        if (!File.Exists(Path.Combine(run, NodesFile.Name)))
        {
            throw new UsageException($"--run: '{run}' holds no {NodesFile.Name}; {accepted}");
        }
        string[] all = AddressesIn(run, _ => true);
        return all.Length > 0
            ? all
            : throw new UsageException($"--run: {run}/{NodesFile.Name} names no node; {accepted}");
    }

    /// <summary>The run directory of the cluster that is meant; null: it is named by its nodes, or there is none.</summary>
    /// <param name="given">What the option for nodes says.</param>
    /// <param name="run">What --run says; null: nothing.</param>
    public static string? DirectoryOf(string[] given, string? run) =>
        given.Length > 0 ? null : run ?? NewestRun();

    private static string[]? OfNewestRun() =>
        NewestRun() is { } run ? AddressesIn(run, node => node.IsAliveHere) : null;

    private static string? NewestRun() =>
        Directory.Exists("runs")
            ? Directory
                .GetDirectories("runs")
                .Where(run => File.Exists(Path.Combine(run, NodesFile.Name)))
                .OrderByDescending(run =>
                    File.GetLastWriteTimeUtc(Path.Combine(run, NodesFile.Name))
                )
                .FirstOrDefault(run => AddressesIn(run, node => node.IsAliveHere).Length > 0)
            : null;

    private static string[] AddressesIn(string run, Func<NodesFile.Node, bool> isMeant) =>
        [.. NodesFile.Read(run).Nodes.Where(isMeant).Select(node => node.Address)];
}
