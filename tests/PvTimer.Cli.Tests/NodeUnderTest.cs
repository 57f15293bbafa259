using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using PvTimer.Sharding.Launching;

namespace PvTimer.Cli.Tests;

/// <summary>A pvtimer node as a process of its own, on a port of loopback, until the test ends.</summary>
internal sealed class NodeUnderTest : IDisposable
{
    private readonly ChildProcess _process;

    /// <param name="port">Where it listens.</param>
    /// <param name="environment">What it finds in its environment beside what the test has.</param>
    /// <param name="args">What more it is told.</param>
    public NodeUnderTest(
        int port,
        IEnumerable<KeyValuePair<string, string>> environment,
        params string[] args
    )
        : this(port, folder: "", environment, args) { }

    /// <param name="port">Where it listens.</param>
    /// <param name="folder">Its working directory; empty: that of the test.</param>
    /// <param name="environment">What it finds in its environment beside what the test has.</param>
    /// <param name="args">What more it is told.</param>
    public NodeUnderTest(
        int port,
        string folder,
        IEnumerable<KeyValuePair<string, string>> environment,
        params string[] args
    )
    {
        Port = port;
        NodeProgram program = NodeProgram.Own(typeof(Program).Assembly.Location);
        string at = port.ToString(CultureInfo.InvariantCulture);
        ProcessStartInfo start = new(
            program.File,
            [.. program.Arguments, "node", "--force", "--host", "127.0.0.1", "--port", at, .. args]
        )
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        _process = ChildProcess.Start(start);
        Listening = _process.Process.StandardOutput.ReadLineAsync();
    }

    public int Port { get; }

    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Its first line.</summary>
    public Task Listening { get; }

    /// <summary>Ports that were free a moment ago.</summary>
    public static int[] FreePorts(int count)
    {
        TcpListener[] listeners =
        [
            .. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)),
        ];
        Array.ForEach(listeners, listener => listener.Start());
        int[] ports = [.. listeners.Select(each => ((IPEndPoint)each.LocalEndpoint).Port)];
        Array.ForEach(listeners, listener => listener.Dispose());
        return ports;
    }

    /// <summary>Where it takes connections, as Linux has it.</summary>
    public IEnumerable<int> ListeningPorts()
    {
        HashSet<string> sockets =
        [
            .. Directory
                .EnumerateFiles($"/proc/{_process.Process.Id}/fd")
                .Select(file => new FileInfo(file).LinkTarget)
                .OfType<string>(),
        ];
        // sl local_address rem_address st ... inode; state 0A is LISTEN.
        return
        [
            .. new[] { "tcp", "tcp6" }
                .SelectMany(table =>
                    File.ReadLines($"/proc/{_process.Process.Id}/net/{table}").Skip(1)
                )
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(row => row[3] == "0A" && sockets.Contains($"socket:[{row[9]}]"))
                .Select(row =>
                    int.Parse(
                        row[1].Split(':')[^1],
                        NumberStyles.HexNumber,
                        CultureInfo.InvariantCulture
                    )
                ),
        ];
    }

    public void Dispose() => _process.Dispose();
}
