using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net;
using Akka.Configuration;
using PvTimer.Scenarios;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Sharding.Nodes;

/// <summary>What a node is started with.</summary>
public sealed record NodeOptions
{
    /// <summary>As users call it; null: "node-" and its port.</summary>
    public string? Name { get; init; }

    /// <summary>See <see cref="ClusterSeat"/>; at least one.</summary>
    public ImmutableArray<string> Roles { get; init; } = [ClusterSeat.CpuRole];

    /// <summary>Regions side by side, at least 1.</summary>
    public int Regions { get; init; } = 1;

    /// <summary>The address to listen on, and for others to dial; null: 127.0.0.1.</summary>
    public string? Host { get; init; }

    /// <summary>0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>How it finds the others, see <see cref="ClusterNode.FindPeers"/>; null: it is told whom to join.</summary>
    public PeerDiscovery? Discovery { get; init; }

    /// <summary>
    /// Others may look and listen in on a network without TLS: it has to be asked for outside of loopback.
    /// </summary>
    public bool AllowPlainNetwork { get; init; }

    /// <summary>Certificates; null: connections are plain, and any process that can connect may look.</summary>
    public MutualTls? Tls { get; init; }

    /// <summary>What whoever gives orders has to show; null: the user's own.</summary>
    public ControlToken? Token { get; init; }

    /// <summary>It takes part in drills: whoever can connect may cut it off from its peers for a while.</summary>
    public bool Drills { get; init; }

    /// <summary>Frames of windows go to nodes of the same user on the same machine through memory that both have.</summary>
    public bool SharedMemory { get; init; } = true;

    /// <summary>
    /// Where it keeps what it writes of runs, by the paths that the runs' clients name: nodes need share nothing then.
    /// Null: at those paths themselves, which all nodes share.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary>Where its log goes, a JSON object per line; null: standard error.</summary>
    public string? LogFile { get; init; }

    /// <summary>Runs points of sweeps; null: it takes none.</summary>
    public PointWork? Points { get; init; }

    /// <summary>By which clock it misses others, and waits for them.</summary>
    public ClusterTime Time { get; init; } = ClusterTime.Wall;

    /// <summary>Akka configuration that goes before the project's own; null: none.</summary>
    public Config? Config { get; init; }

    /// <exception cref="NodeOptionsException">Something in it cannot be used.</exception>
    internal void Check(Config config)
    {
        if (Name is { } name && NameRule.Node.FlawOf(name) is { } mistake)
        {
            throw new NodeOptionsException($"name: {mistake}; accepted: {NameRule.Node.Forms}");
        }
        if (Regions < 1)
        {
            throw new NodeOptionsException($"regions: {Regions}; accepted: a whole number from 1");
        }
        if (Directory is { } directory && !System.IO.Directory.Exists(directory))
        {
            throw new NodeOptionsException(
                $"directory: {directory} is not there; accepted: a directory that this node can write, and no other node does"
            );
        }
        if (Port is < 0 or > 65_535)
        {
            throw new NodeOptionsException($"port: {Port}; accepted: 0 to 65535");
        }
        string[] known = [ClusterSeat.CpuRole, ClusterSeat.TimerRole];
        if (Roles.IsEmpty || Roles.FirstOrDefault(role => !known.Contains(role)) is not null)
        {
            throw new NodeOptionsException(
                $"roles: '{string.Join(',', Roles)}'; accepted: cpu, timer, or cpu,timer"
            );
        }
        if (Discovery?.ObstacleOf(this) is { } obstacle)
        {
            throw new NodeOptionsException($"discover: {obstacle}");
        }
        if (config.GetBoolean("akka.remote.dot-netty.tcp.enable-ssl"))
        {
            // Akka's own TLS believes whomever the operating system trusts.
            throw new NodeOptionsException(
                "akka.remote.dot-netty.tcp.enable-ssl; accepted: certificates in pvtimer.node.tls"
            );
        }
        if (Tls?.FlawAt(ListeningHost) is { } flaw)
        {
            // A node that dials somebody it does not believe ends itself: one wrong certificate would end all.
            throw new NodeOptionsException(
                $"the certificate in pvtimer.node.tls: {flaw}; accepted: one of these authorities for {ListeningHost}"
            );
        }
        if (!IsLoopback(ListeningHost) && Tls is null && !AllowPlainNetwork)
        {
            throw new NodeOptionsException(
                $"host {ListeningHost} is not loopback and there is no TLS; accepted: certificates (pvtimer.node.tls), "
                    + "or --allow-plain-network if everybody on that network may look and listen in"
            );
        }
    }

    internal string ListeningHost => Host ?? "127.0.0.1";

    internal string NameAt(int port) =>
        Name ?? string.Create(CultureInfo.InvariantCulture, $"node-{port}");

    private static bool IsLoopback(string host) =>
        host == "localhost"
        || (IPAddress.TryParse(host, out IPAddress? ip) && IPAddress.IsLoopback(ip));
}

/// <summary>A node cannot be started like this; the message says what is accepted.</summary>
public sealed class NodeOptionsException(string message) : Exception(message);
