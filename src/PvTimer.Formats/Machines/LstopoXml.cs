using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Xml;

namespace PvTimer.Formats.Machines;

/// <summary>The XML that lstopo of hwloc writes: objects within objects, from the machine down to its threads (PU).</summary>
internal static class LstopoXml
{
    private static readonly XmlReaderSettings Settings = new()
    {
        // Its DOCTYPE names a file that need not be there.
        DtdProcessing = DtdProcessing.Ignore,
        XmlResolver = null,
    };

    /// <summary>What it says.</summary>
    /// <param name="Cpus">Its threads.</param>
    /// <param name="Model">The processor's name; null if it does not say it.</param>
    /// <param name="Distances">Between its nodes; null if it does not say them.</param>
    public readonly record struct Topology(
        ImmutableArray<HostCpu> Cpus,
        string? Model,
        NodeDistances? Distances
    );

    /// <inheritdoc cref="HostFactsReader.Read"/>
    public static Topology Read(string file, string text)
    {
        try
        {
            XmlDocument document = new() { XmlResolver = null };
            using StringReader characters = new(text);
            using XmlReader reader = XmlReader.Create(characters, Settings);
            document.Load(reader);
            if (document.DocumentElement is not { Name: "topology" } root)
            {
                throw HostFactsReader.Damaged(file, 1, "is XML, but no topology");
            }
            Walk walk = new();
            walk.Enter(root, new Place(0, 0, 0));
            return new Topology(walk.Cpus.ToImmutable(), walk.Model, DistancesIn(root));
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException)
        {
            long line = e is XmlException { LineNumber: var at } ? at : 0;
            throw HostFactsReader.Damaged(file, line, "is no whole XML document of lstopo");
        }
    }

    /// <summary>hwloc's "NUMALatency" is the firmware's table; its nodes have the system's numbers.</summary>
    private static NodeDistances? DistancesIn(XmlElement root)
    {
        foreach (XmlNode node in root.ChildNodes)
        {
            if (
                node is XmlElement { Name: "distances2" } table
                && table.GetAttribute("name") == "NUMALatency"
                && table.GetAttribute("indexing") == "os"
            )
            {
                int[] nodes = Numbers(table, "indexes");
                int[] values = Numbers(table, "u64values");
                return values.Length == nodes.Length * nodes.Length && nodes.Length > 0
                    ? new NodeDistances(
                        [.. nodes],
                        [.. values.Chunk(nodes.Length).Select(row => row.ToImmutableArray())]
                    )
                    : throw new FormatException();
            }
        }
        return null;
    }

    /// <summary>Those of all elements of a name: hwloc breaks long lists into several.</summary>
    private static int[] Numbers(XmlElement table, string name) =>
        [
            .. table
                .ChildNodes.OfType<XmlElement>()
                .Where(element => element.Name == name)
                .SelectMany(element =>
                    element.InnerText.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                )
                .Select(word => int.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture)),
        ];

    private readonly record struct Place(int Socket, int Node, int Core);

    private sealed class Walk
    {
        private int _cores;

        public ImmutableArray<HostCpu>.Builder Cpus { get; } =
            ImmutableArray.CreateBuilder<HostCpu>();

        public string? Model { get; private set; }

        public void Enter(XmlElement parent, Place place)
        {
            // A memory object stands beside what is near to it, as a child of the same object.
            foreach (XmlNode node in parent.ChildNodes)
            {
                if (node is XmlElement { Name: "object" } memory && TypeOf(memory) == "NUMANode")
                {
                    place = place with { Node = IndexOf(memory) };
                }
            }
            foreach (XmlNode node in parent.ChildNodes)
            {
                switch (node)
                {
                    case XmlElement { Name: "info" } info
                        when info.GetAttribute("name") == "CPUModel":
                        Model = info.GetAttribute("value");
                        break;
                    case XmlElement { Name: "object" } child:
                        Enter(child, place, TypeOf(child));
                        break;
                }
            }
        }

        private void Enter(XmlElement child, Place place, string type)
        {
            switch (type)
            {
                case "PU":
                    Cpus.Add(new HostCpu(IndexOf(child), place.Socket, place.Node, place.Core));
                    break;
                case "Package":
                    Enter(child, place with { Socket = IndexOf(child) });
                    break;
                case "Core":
                    Enter(child, place with { Core = _cores++ });
                    break;
                default:
                    Enter(child, place);
                    break;
            }
        }

        private static string TypeOf(XmlElement of) => of.GetAttribute("type");

        private static int IndexOf(XmlElement of) =>
            int.Parse(of.GetAttribute("os_index"), NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
