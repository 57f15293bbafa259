using System;
using System.IO;
using System.Linq;
using PvTimer.Formats.Machines;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Machines;

/// <summary>What files of a real host say, and what is refused.</summary>
public sealed class HostFactsTests : IDisposable
{
    private const string Cpus = """
        {
           "cpus": [
              { "cpu": 0, "node": 0, "socket": 0, "core": 0, "l1d:l1i:l2:l3": "0:0:0:0", "online": true },
              { "cpu": 1, "node": 1, "socket": 1, "core": 1, "l1d:l1i:l2:l3": "1:1:1:1", "online": true },
              { "cpu": 2, "node": null, "socket": null, "core": null, "online": false }
           ]
        }
        """;

    private const string OlderCpus = """
        {"cpus": [ {"cpu":"0","node":"0","socket":"0","core":"0","online":"yes"}, {"cpu":"1","node":"1","socket":"1","core":"1","online":"yes"}, {"cpu":"2","node":"1","socket":"1","core":"1","online":"no"} ]}
        """;

    private const string Topology = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE topology SYSTEM "hwloc2.dtd">
        <topology version="2.0">
          <object type="Machine" os_index="0" cpuset="0x00000003">
            <info name="OSName" value="Linux"/>
            <object type="Package" os_index="0">
              <info name="CPUModel" value="Intel(R) Xeon(R) Platinum 8269CY CPU @ 2.50GHz"/>
              <object type="NUMANode" os_index="0" local_memory="9221398528"><page_type size="4096" count="2251318"/></object>
              <object type="L3Cache" os_index="0"><object type="Core" os_index="0"><object type="PU" os_index="0"/></object></object>
            </object>
            <object type="Package" os_index="1">
              <object type="NUMANode" os_index="1"/>
              <object type="Core" os_index="0"><object type="PU" os_index="1"/></object>
            </object>
          </object>
          <distances2 type="NUMANode" nbobjs="2" kind="5" name="NUMALatency" indexing="os">
            <indexes length="4">0 1 </indexes>
            <u64values length="6">10 32 </u64values><u64values length="6">32 10 </u64values>
          </distances2>
        </topology>
        """;

    private const string Numactl = """
        available: 2 nodes (0-1)
        node 0 cpus: 0
        node 0 size: 64215 MB
        node 1 cpus: 1
        node 1 size: 64503 MB
        node distances:
        node   0   1 
          0:  10  32 
          1:  32  10 
        """;

    private const string Interrupts = """
                   CPU0       CPU1       
         24:          1          0  IO-APIC   5-edge      ACPI:Ged
        LOC:    4396517    4269055   Local timer interrupts
        PIN:          0          7   Posted-interrupt notification event
        ERR:          0
        """;

    private static readonly HostCpu[] Two = [new(0, 0, 0, 0), new(1, 1, 1, 1)];

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Cpus)]
    [InlineData(OlderCpus)]
    [InlineData(Topology)]
    public void Online_CPUs_are_read_from_each_form(string text) =>
        Assert.Equal(Two, (HostCpu[])[.. Read(text).Cpus]);

    [Fact]
    public void Processor_and_the_rate_in_its_name_come_from_lstopo_or_a_nested_lscpu()
    {
        const string Nested = """
            {"lscpu":[{"field":"Vendor ID:","data":"GenuineIntel","children":[{"field":"Model name:","data":"Intel(R) Xeon(R) Platinum 8269CY CPU @ 2.50GHz"}]}]}
            """;
        foreach (HostFacts facts in new[] { Read(Topology), Read(Nested) })
        {
            Assert.Equal("Intel(R) Xeon(R) Platinum 8269CY CPU @ 2.50GHz", facts.Model);
            Assert.Equal(2_500_000, facts.Tsc!.Value.Kilohertz);
        }
        Assert.Null(Read(Cpus).Model);
        Assert.Null(Read(Cpus).Tsc);
    }

    [Fact]
    public void Two_looks_at_the_interrupts_are_counted_between()
    {
        string later = Interrupts
            .Replace("4396517", "4396617", StringComparison.Ordinal)
            .Replace("          7 ", "         12 ", StringComparison.Ordinal);
        HostFacts facts = Read(Interrupts, later);
        Assert.Equal(100, facts.Interrupts.Single(each => each.Name == "LOC").Count);
        Assert.Equal(
            new InterruptCount("PIN", "Posted-interrupt notification event", 5),
            facts.Interrupts.Single(each => each.Name == "PIN")
        );
        Assert.Equal(0, facts.Interrupts.Single(each => each.Name == "ERR").Count);
    }

    [Theory]
    [InlineData(Topology)]
    [InlineData(Numactl)]
    public void Distances_between_nodes_are_read_from_each_form(string text)
    {
        NodeDistances distances = Read(text).Distances!;
        Assert.Equal((int[])[0, 1], (int[])[.. distances.Nodes]);
        Assert.Equal(
            ["10 32", "32 10"],
            distances.Rows.Select(row => string.Join(' ', row)),
            StringComparer.Ordinal
        );
        Assert.Null(Read(Cpus).Distances);
    }

    [Theory]
    [InlineData("has no table of node distances", "available: 1 nodes (0)\n")]
    [InlineData(
        "is no whole row",
        "available: 1 nodes (0)\nnode distances:\nnode 0 1\n 0: 10 21\n"
    )]
    [InlineData("is no whole row", "available: 1 nodes (0)\nnode distances:\nnode 0\n 1: 10\n")]
    [InlineData("is no whole row", "available: 1 nodes (0)\nnode distances:\nnode 0\n 0: x\n")]
    [InlineData("is not recognised", "a text")]
    [InlineData("is not recognised", "{\"other\": 1}")]
    [InlineData("is no whole JSON document", "{\"cpus\": [ {")]
    [InlineData("a CPU lacks", "{\"cpus\": [ {\"cpu\": 0} ]}")]
    [InlineData("names no CPU that is online", "{\"cpus\": []}")]
    [InlineData("is no whole XML document", "<topology><object>")]
    [InlineData("is XML, but no topology", "<html></html>")]
    [InlineData("is look number 1", Interrupts)]
    [InlineData("says which CPUs there are", Cpus, Topology)]
    [InlineData("has no name with a colon", Interrupts, "CPU0 CPU1\nLOC 1 2\n")]
    [InlineData("'x' is no count", Interrupts, "CPU0 CPU1\nLOC: x 2\n")]
    [InlineData("has fewer interrupts LOC", Interrupts, "CPU0 CPU1\nLOC: 1 2\n")]
    public void What_cannot_be_used_is_refused_in_one_line(string complaint, params string[] texts)
    {
        var refused = Assert.Throws<TraceFormatException>(() => Read(texts));
        Assert.Contains(complaint, refused.Message, StringComparison.Ordinal);
        Assert.Contains("; accepted: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData(Cpus)]
    [InlineData(Topology)]
    public void File_that_is_cut_anywhere_is_read_or_refused_never_misread(string text)
    {
        for (int length = 1; length < text.Length; length++)
        {
            try
            {
                // What is cut behind its end is whole.
                Assert.Equal(Two, (HostCpu[])[.. Read(text[..length]).Cpus]);
            }
            catch (TraceFormatException)
            {
                Assert.NotEqual(text.Trim(), text[..length].Trim(), StringComparer.Ordinal);
            }
        }
    }

    private HostFacts Read(params string[] texts) =>
        HostFactsReader.Read([
            .. texts.Select(
                (text, index) =>
                {
                    string file = Path.Combine(_folder, $"{index}");
                    File.WriteAllText(file, text);
                    return file;
                }
            ),
        ]);
}
