using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Formats.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Topology;

namespace PvTimer.Scenarios;

/// <summary>A real host as the <c>host</c> of scenarios: a file that they include.</summary>
public static class HostImport
{
    /// <param name="facts">What files say of it.</param>
    /// <param name="files">These files, as the user named them.</param>
    /// <param name="interval">Between the two looks at its interrupts; null: not known.</param>
    /// <exception cref="ScenarioException">Its CPUs are not said, or its sockets are not alike.</exception>
    public static string Write(
        HostFacts facts,
        IReadOnlyList<string> files,
        VirtualDuration? interval
    )
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(files);
        int[] sockets = SocketSizes(facts, files);
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"# The host of {string.Join(", ", files)}{(facts.Model is { } model ? $": {model}" : "")}.\n"
        );
        text.Append("# A scenario that includes this file runs on it.\n");
        AppendTopology(text, facts, sockets.Length);
        AppendInterrupts(text, facts, interval);
        text.Append("scenario {\n  host {\n")
            .Append(CultureInfo.InvariantCulture, $"    cpus = {facts.Cpus.Length}\n")
            .Append(CultureInfo.InvariantCulture, $"    sockets = {sockets.Length}\n");
        AppendDistances(text, facts);
        if (facts.Tsc is { } tsc)
        {
            text.Append(CultureInfo.InvariantCulture, $"    tsc = {Units.Write(tsc)}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"    costs = {ProfileFor(facts.Model)}\n");
        return text.Append("  }\n}\n").ToString();
    }

    /// <summary>The shipped profile of the same maker; what things cost on this very host is not known.</summary>
    private static string ProfileFor(string? model) =>
        model?.Contains("AMD", StringComparison.Ordinal) == true ? "epyc-kvm" : "cascadelake-kvm";

    private static int[] SocketSizes(HostFacts facts, IReadOnlyList<string> files)
    {
        if (facts.Cpus.IsEmpty)
        {
            throw new ScenarioException(
                new Source.SourcePosition(files[0], 0),
                "host",
                "no file says which CPUs there are",
                "lscpu -J -e or lstopo --of xml among them"
            );
        }
        int[] sizes = [.. facts.Cpus.GroupBy(cpu => cpu.Socket).Select(socket => socket.Count())];
        return sizes.Distinct().Count() == 1
            ? sizes
            : throw new ScenarioException(
                new Source.SourcePosition(files[0], 0),
                "host.sockets",
                $"the sockets have {string.Join(", ", sizes)} CPUs that are online",
                "sockets with as many CPUs each"
            );
    }

    /// <summary>pCPUs of a scenario are counted socket by socket; a host's numbers may go round.</summary>
    private static void AppendTopology(StringBuilder text, HostFacts facts, int sockets)
    {
        ImmutableArray<HostCpu> inOrder =
        [
            .. facts.Cpus.OrderBy(cpu => cpu.Socket).ThenBy(cpu => cpu.Cpu),
        ];
        int cores = facts.Cpus.Select(cpu => (cpu.Socket, cpu.Core)).Distinct().Count();
        int nodes = facts.Cpus.Select(cpu => cpu.Node).Distinct().Count();
        text.Append(
            CultureInfo.InvariantCulture,
            $"# {facts.Cpus.Length} CPUs online, {cores} cores, {sockets} sockets, {nodes} NUMA nodes. Threads of one core do not slow each other down here.\n"
        );
        if (!inOrder.Select(cpu => cpu.Cpu).SequenceEqual(Enumerable.Range(0, inOrder.Length)))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"# pCPU 0, 1, ... are its CPUs {string.Join(", ", inOrder.Select(cpu => cpu.Cpu))}.\n"
            );
        }
    }

    /// <summary>Sockets have distances; so have nodes, and often they are the same.</summary>
    private static void AppendDistances(StringBuilder text, HostFacts facts)
    {
        if (facts.Distances is not { } distances)
        {
            return;
        }
        int[][] nodesOfSockets =
        [
            .. facts
                .Cpus.GroupBy(cpu => cpu.Socket)
                .OrderBy(socket => socket.Key)
                .Select(socket => (int[])[.. socket.Select(cpu => cpu.Node).Distinct()]),
        ];
        int[] places = [.. nodesOfSockets.Select(nodes => distances.Nodes.IndexOf(nodes[0]))];
        ImmutableArray<ImmutableArray<int>> rows =
        [
            .. places
                .Where(place => place >= 0)
                .Select(one =>
                    (ImmutableArray<int>)
                        [
                            .. places
                                .Where(place => place >= 0)
                                .Select(other => distances.Rows[one][other]),
                        ]
                ),
        ];
        bool isOneEach =
            nodesOfSockets.All(nodes => nodes.Length == 1)
            && places.Distinct().Count() == nodesOfSockets.Length;
        string? flaw =
            isOneEach && rows.Length == nodesOfSockets.Length
                ? SocketDistances.FlawOf(rows)
                : "its sockets are not its NUMA nodes";
        text.Append(
            flaw is null
                ? $"    distances = [{string.Join(", ", new SocketDistances(rows).Rows.Select(row => $"\"{row}\""))}]\n"
                : $"    # Its distances are not used: {flaw}.\n"
        );
    }

    private static void AppendInterrupts(
        StringBuilder text,
        HostFacts facts,
        VirtualDuration? interval
    )
    {
        foreach (InterruptCount each in facts.Interrupts.Where(IsAboutTimers))
        {
            string rate = interval is { } span
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $", {each.Count * 1e9 / span.Nanoseconds:0.#} a second"
                )
                : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"# {each.Name} ({each.Description}): {each.Count} between the two looks{rate}.\n"
            );
        }
    }

    /// <summary>The local timer's, posted interrupts', and rescheduling IPIs.</summary>
    private static bool IsAboutTimers(InterruptCount each) =>
        each.Name is "LOC" or "PIN" or "NPI" or "PIW" or "RES";
}
