using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
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

    /// <returns>Its threads, and the processor's name; null if it does not say it.</returns>
    /// <inheritdoc cref="HostFactsReader.Read"/>
    public static (ImmutableArray<HostCpu> Cpus, string? Model) Read(string file, string text)
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
            return (walk.Cpus.ToImmutable(), walk.Model);
        }
        catch (Exception e) when (e is XmlException or FormatException or OverflowException)
        {
            long line = e is XmlException { LineNumber: var at } ? at : 0;
            throw HostFactsReader.Damaged(file, line, "is no whole XML document of lstopo");
        }
    }

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
