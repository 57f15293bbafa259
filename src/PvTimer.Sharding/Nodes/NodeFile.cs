using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using PvTimer.Scenarios.Source;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// A node's configuration file: HOCON with a section <c>pvtimer.node</c>, and whatever Akka is to be told.
/// </summary>
/// <param name="Options">What the node is started with.</param>
/// <param name="Join">"host:port" of nodes of the cluster; none: it begins one, or finds the others.</param>
/// <remarks>
/// <code>
///   pvtimer.node {
///     name = node-1, roles = [cpu, timer], regions = 1
///     host = 10.0.0.1, port = 4053, join = ["10.0.0.1:4053", "10.0.0.2:4053"]
///     discover = kubernetes         # or ["10.0.0.1:4053", "10.0.0.2:4053"]; in the place of join
///     log = /var/log/pvtimer/node-1.log
///     directory = /var/lib/pvtimer  # its part of checkpoints; without it, in the run directory, which all share
///     tls { certificate = node-1.crt, key = node-1.key, authorities = ca.crt }
///     token = token.txt
///     drills = off
///   }
///   akka { loglevel = DEBUG }
/// </code>
/// Paths are relative to the file.
/// </remarks>
public sealed record NodeFile(NodeOptions Options, ImmutableArray<string> Join)
{
    private const string Section = "pvtimer.node";

    private static readonly string[] Keys =
    [
        "name",
        "roles",
        "regions",
        "host",
        "port",
        "join",
        "discover",
        "log",
        "directory",
        "allow-plain-network",
        "tls",
        "token",
        "drills",
        "shared-memory",
    ];

    private static readonly string[] TlsKeys = ["certificate", "key", "authorities"];

    /// <exception cref="NodeOptionsException">Something in it cannot be used.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static NodeFile Read(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        try
        {
            Config whole = new(Parse(file, folder));
            Config node = whole.HasPath(Section) ? whole.GetConfig(Section) : Config.Empty;
            RejectUnknown(node, Keys, Section);
            if (node.HasPath("join") && node.HasPath("discover"))
            {
                throw new NodeOptionsException(
                    $"{Section}: join and discover; accepted: one of them"
                );
            }
            return new NodeFile(
                OptionsOf(node, folder, whole),
                [.. node.GetStringList("join", [])]
            );
        }
        catch (Exception e) when (e is ConfigurationException or FormatException)
        {
            throw new NodeOptionsException($"{file}: {OneLine(e.Message)}");
        }
        catch (NodeOptionsException e)
        {
            throw new NodeOptionsException($"{file}: {e.Message}");
        }
    }

    private static HoconRoot Parse(string file, string folder)
    {
        try
        {
            return SafeHocon.Parse(
                File.ReadAllText(file),
                include => Parse(Path.Combine(folder, include), folder)
            );
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))
        {
            // The parser throws whatever comes to its mind.
            throw new ConfigurationException(OneLine(e.Message), e);
        }
    }

    private static NodeOptions OptionsOf(Config node, string folder, Config whole)
    {
        NodeOptions usual = new();
        string? log = node.GetString("log", null);
        string? token = node.GetString("token", null);
        string? directory = node.GetString("directory", null);
        PeerDiscovery? discovery = DiscoveryOf(node);
        return new NodeOptions
        {
            Name = node.GetString("name", null),
            Roles = node.HasPath("roles") ? [.. node.GetStringList("roles")] : usual.Roles,
            Regions = Whole(node, "regions", usual.Regions),
            Host = node.GetString("host", null),
            Discovery = discovery,
            Port = Whole(node, "port", usual.Port),
            Directory = directory is null ? null : Path.Combine(folder, directory),
            LogFile = log is null ? null : Path.Combine(folder, log),
            AllowPlainNetwork = node.GetBoolean("allow-plain-network"),
            Tls = node.HasPath("tls") ? Tls(node.GetConfig("tls"), folder) : null,
            Token = token is null ? null : ControlToken.Read(Path.Combine(folder, token)),
            Drills = node.GetBoolean("drills"),
            SharedMemory = node.GetBoolean("shared-memory", usual.SharedMemory),
            Config = whole,
        };
    }

    private static PeerDiscovery? DiscoveryOf(Config node)
    {
        if (!node.HasPath("discover"))
        {
            return null;
        }
        HoconValue value = node.GetValue("discover");
        return PeerDiscovery.Parse(
            value.IsArray() ? [.. value.GetStringList()] : [value.GetString()]
        );
    }

    private static MutualTls Tls(Config tls, string folder)
    {
        RejectUnknown(tls, TlsKeys, $"{Section}.tls");
        string FileOf(string key) =>
            tls.GetString(key, null) is { } file
                ? Path.Combine(folder, file)
                : throw new NodeOptionsException(
                    $"{Section}.tls.{key} is missing; accepted: a PEM file"
                );
        return MutualTls.Read(FileOf("certificate"), FileOf("key"), FileOf("authorities"));
    }

    private static void RejectUnknown(Config section, string[] known, string path)
    {
        if (section.IsEmpty)
        {
            return;
        }
        string? unknown = section
            .Root.GetObject()
            .Items.Keys.FirstOrDefault(key => !known.Contains(key, StringComparer.Ordinal));
        if (unknown is not null)
        {
            throw new NodeOptionsException(
                $"{path}.{unknown} is not known; accepted: {string.Join(", ", known)}"
            );
        }
    }

    private static int Whole(Config node, string key, int usual)
    {
        string? text = node.GetString(key, null);
        return text is null ? usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                ? value
            : throw new NodeOptionsException(
                $"{Section}.{key}: '{text}'; accepted: a whole number"
            );
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
