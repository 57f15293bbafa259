using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer node and pvtimer cluster: their options, and a node's life as a process.</summary>
public sealed class NodeCommandTests : IDisposable
{
    private static readonly string[] Levels = ["debug", "info", "warning", "error"];

    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Theory]
    [InlineData("node --roles gpu", "accepted: cpu, timer")]
    [InlineData("node --regions 0", "a whole number from 1")]
    [InlineData("node --port 70000", "0 to 65535")]
    [InlineData("node --host 192.0.2.1", "--allow-plain-network")]
    [InlineData("node --join somewhere", "accepted: HOST:PORT")]
    [InlineData("node --join - --join 127.0.0.1:1", "- alone")]
    [InlineData("node --discover somewhere", "accepted: kubernetes, or HOST:PORT of each node")]
    [InlineData("node --discover 127.0.0.1:1,kubernetes", "'kubernetes'; accepted: kubernetes, or")]
    [InlineData("node --discover [::1]:4053", "'[::1]:4053'; accepted: kubernetes, or HOST:PORT")]
    [InlineData("node --discover 127.0.0.1:1 --join 127.0.0.1:1", "accepted: one of them")]
    [InlineData("node --discover kubernetes", "KUBERNETES_SERVICE_HOST is not set")]
    [InlineData("node --config nowhere.conf", "nowhere.conf")]
    [InlineData("cluster status --endpoint 4053", "accepted: HOST:PORT")]
    [InlineData("cluster status --run .", "holds no nodes.json")]
    [InlineData("cluster move h0", "NODE")]
    [InlineData("console --run .", "accepted: --join HOST:PORT")]
    [InlineData("top --run .", "accepted: --join HOST:PORT")]
    [InlineData("console --join 127.0.0.1:1 --port 70000", "0 to 65535")]
    [InlineData("console --join 127.0.0.1:1 --certificate x.pem", "both or neither")]
    [InlineData("console --join 127.0.0.1:1 --certificate x.pem --key x.pem", "PEM files")]
    [InlineData("run --resume .", "holds no run that is not finished")]
    [InlineData("run --nodes 2", "SCENARIO is missing")]
    [InlineData("run x.conf --nodes 2 --engine sequential", "accepted: actors")]
    [InlineData("run x.conf --join 127.0.0.1:1 --regions 2", "no --regions with --join")]
    [InlineData("run x.conf --join loopback", "accepted: HOST:PORT")]
    [InlineData("run --resume . --seed 3", "--seed")]
    [InlineData("run x.conf --resume .", "SCENARIO")]
    public void A_mistake_is_exit_code_2_and_one_line(string line, string said)
    {
        Assert.Equal(2, _pvtimer.Run(line.Split(' ')));
        Assert.Contains(said, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        Assert.Empty(_pvtimer.Output);
    }

    [Theory]
    [InlineData("pvtimer.node { colour = red }", "pvtimer.node.colour is not known")]
    [InlineData("pvtimer.node { regions = many }", "'many'")]
    [InlineData("pvtimer.node { tls { key = x } }", "tls.certificate is missing")]
    [InlineData("pvtimer.node { name = ${nobody} }", "node.conf")]
    [InlineData("pvtimer.node { discover = [\"a\"] }", "'a'; accepted: kubernetes, or HOST:PORT")]
    [InlineData("pvtimer.node { join = [], discover = kubernetes }", "join and discover")]
    public void A_mistake_in_the_file_of_a_node_is_named_with_the_file(string text, string said)
    {
        string file = Path.Combine(_pvtimer.Folder, "node.conf");
        File.WriteAllText(file, text);

        Assert.Equal(2, _pvtimer.Run("node", "--config", file));
        Assert.Contains(said, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains("node.conf", _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_port_that_is_taken_is_exit_code_2_and_one_line()
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        string port = $"{((IPEndPoint)other.LocalEndpoint).Port}";

        Assert.Equal(2, _pvtimer.Run("node", "--port", port));
        Assert.Contains(
            $"cannot listen on 127.0.0.1:{port}",
            _pvtimer.Error,
            StringComparison.Ordinal
        );
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void No_node_at_an_endpoint_is_exit_code_3()
    {
        Assert.Equal(3, _pvtimer.Run("cluster", "status", "--endpoint", "127.0.0.1:1"));
        Assert.Contains("no node answers at 127.0.0.1:1", _pvtimer.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Runs", "Alone")]
    public async Task Node_says_where_it_listens_logs_JSON_lines_and_leaves_upon_SIGTERM()
    {
        string log = Path.Combine(_pvtimer.Folder, "node.log");
        string file = Path.Combine(_pvtimer.Folder, "node.conf");
        await File.WriteAllTextAsync(
            file,
            "pvtimer.node { name = alpha, roles = [timer], log = node.log }"
        );
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        using ChildProcess nodeChild = ChildProcess.Start(
            new ProcessStartInfo(program.File, [.. program.Arguments, "node", "--config", file])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            }
        );
        Process node = nodeChild.Process;
        JsonNode listening = JsonNode.Parse((await node.StandardOutput.ReadLineAsync())!)!;
        Assert.Equal(
            ("listening", "alpha", node.Id),
            ((string)listening["event"]!, (string)listening["name"]!, (int)listening["pid"]!)
        );
        string endpoint = (string)listening["address"]!;
        int code = _pvtimer.Run("cluster", "members", "--endpoint", endpoint);
        Assert.Equal((0, ""), (code, _pvtimer.Error));
        Assert.Contains("timer", _pvtimer.Output, StringComparison.Ordinal);

        ProcessSignals.Send(node.Id, ProcessSignals.Terminate);
        string rest = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();

        Assert.Equal(0, node.ExitCode);
        Assert.Equal("stopped", (string)JsonNode.Parse(rest)!["event"]!);
        Assert.All(
            await File.ReadAllLinesAsync(log),
            line =>
            {
                JsonObject said = JsonNode.Parse(line)!.AsObject();
                Assert.Equal("alpha", (string)said["node"]!);
                Assert.Equal(
                    ["time", "level", "node", "source", "message"],
                    said.Select(entry => entry.Key).Where(key => key != "error"),
                    StringComparer.Ordinal
                );
                Assert.Contains((string)said["level"]!, Levels, StringComparer.Ordinal);
                Assert.EndsWith("Z", (string)said["time"]!, StringComparison.Ordinal);
            }
        );
    }
}
