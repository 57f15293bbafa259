using System.IO;
using System.Threading.Tasks;
using PvTimer.Cli.Commands;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

public sealed class ClusterWatchTests
{
    [Fact]
    public async Task Whoever_finds_the_file_of_nodes_finds_a_node_in_it()
    {
        using CommandLine line = new();
        string file = Path.Combine(line.Folder, NodesFile.Name);
        await using ClusterDoor door = new([]);
        ClusterWatch watch = new(door, null, line.Folder, _ => { }, default);
        NodesFile one = new([new("node-1", 1, 1, "here", "127.0.0.1:1", ["cpu"], [])]);

        watch.Keep(new NodesFile([]));
        Assert.False(File.Exists(file));

        watch.Keep(one);
        watch.Keep(new NodesFile([]));
        Assert.Equal(one, NodesFile.Read(line.Folder));
    }
}
