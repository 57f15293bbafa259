using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>A node that cannot listen, as a process: what its log says is on standard error too.</summary>
public sealed class NodePortTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Port_that_is_taken_is_one_line_and_no_stack(string host)
    {
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        string port = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        using ChildProcess nodeChild = ChildProcess.Start(
            new ProcessStartInfo(
                program.File,
                [.. program.Arguments, "node", "--host", host, "--port", port]
            )
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        );
        Process node = nodeChild.Process;

        string said = await node.StandardError.ReadToEndAsync();
        await node.WaitForExitAsync();

        Assert.Equal(2, node.ExitCode);
        string line = Assert.Single(said.TrimEnd().Split('\n'));
        Assert.StartsWith(
            $"pvtimer node: cannot listen on {host}:{port}: ",
            line,
            StringComparison.Ordinal
        );
    }
}
