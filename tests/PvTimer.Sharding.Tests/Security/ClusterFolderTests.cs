using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;
using PvTimer.TestKit.Clusters;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>What the folder cluster/ gives users: certificates that work, configurations that can be read.</summary>
[Trait("Runs", "Alone")]
public sealed class ClusterFolderTests : IDisposable
{
    private const string Pods = ".pvtimer.pvtimer.svc.cluster.local";

    private readonly string _directory = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Certificates_script_makes_what_nodes_and_a_client_need()
    {
        string certificates = Path.Combine(_directory, "certificates");
        Certificates(certificates, "node-1=127.0.0.1", "node-2=localhost", "alice");
        await using InProcessCluster cluster = new() { ClientTls = Of(certificates, "alice") };
        cluster.Add("cpu", options => options with { Tls = Of(certificates, "node-1") });
        cluster.Add(
            "cpu",
            options => options with { Host = "localhost", Tls = Of(certificates, "node-2") }
        );
        for (DateTime end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end; )
        {
            ClusterStatus seen = await cluster.Door.Ask<ClusterStatus>(AskCluster.Instance);
            if (seen.Members.Count(member => member.Status == "Up") == 2)
            {
                return;
            }
            await Task.Delay(50);
        }
        Assert.Fail("the nodes have not found each other");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Certificates_script_keeps_the_authority_and_the_token_and_lets_nobody_else_read_secrets()
    {
        Certificates(_directory, "node-1=127.0.0.1");
        string token = Path.Combine(_directory, "token");
        string authority = File.ReadAllText(Path.Combine(_directory, "ca.crt"));
        string secret = ControlToken.Read(token).Text;
        Certificates(_directory, "node-2=127.0.0.1");
        Assert.Equal(authority, File.ReadAllText(Path.Combine(_directory, "ca.crt")));
        Assert.Equal(secret, ControlToken.Read(token).Text);
        foreach (string key in Directory.GetFiles(_directory, "*.key").Append(token))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        }
        Assert.Equal(2, Certificates(_directory, expected: 2, "node-2=127.0.0.1"));
    }

    [Theory]
    [InlineData("local.conf", "", "", "", 0)]
    [InlineData("lan.conf", "certificates", "node-1=10.0.0.1", "", 3)]
    [InlineData("kubernetes/node.conf", "tls", $"pod=*{Pods}", $"pvtimer-2{Pods}", 0)]
    public void Configuration_can_be_read(
        string file,
        string folder,
        string who,
        string host,
        int seeds
    )
    {
        if (folder.Length > 0)
        {
            Certificates(Path.Combine(_directory, folder), who);
        }
        string copy = Path.Combine(_directory, "node.conf");
        File.Copy(InCluster(file), copy);
        NodeFile read = NodeFile.Read(copy);
        Assert.Equal(seeds, read.Join.Length);
        Assert.Equal(folder.Length > 0, read.Options.Tls is not null);
        Assert.Equal(folder.Length > 0, read.Options.Token is not null);
        NodeOptions options = read.Options with
        {
            Host = host.Length > 0 ? host : read.Options.Host,
        };
        bool isPod = options.Discovery is { AsksKubernetes: true };
        Assert.Equal(file.StartsWith("kubernetes/", StringComparison.Ordinal), isPod);
        // What a pod finds in its environment is not here.
        (options with { Discovery = null }).Check(NodeConfiguration.Of(options));
    }

    private static MutualTls Of(string folder, string name) =>
        MutualTls.Read(
            Path.Combine(folder, $"{name}.crt"),
            Path.Combine(folder, $"{name}.key"),
            Path.Combine(folder, "ca.crt")
        );

    private static void Certificates(string folder, params string[] whom) =>
        Certificates(folder, expected: 0, whom);

    private static int Certificates(string folder, int expected, params string[] whom)
    {
        ProcessStartInfo start = new("bash", [InCluster("certificates.sh"), folder, .. whom])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using ChildProcess scriptChild = ChildProcess.Start(start);
        Process script = scriptChild.Process;
        string said = script.StandardError.ReadToEnd();
        script.WaitForExit();
        Assert.True(script.ExitCode == expected, said);
        return script.ExitCode;
    }

    private static string InCluster(string file, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../cluster", file));
}
