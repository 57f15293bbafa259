using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using YamlDotNet.RepresentationModel;

namespace PvTimer.Cli.Tests;

/// <summary>
/// The Kubernetes manifests and the systemd unit against the program: every command line parses, and every port,
/// path, name and variable in them is one that exists.
/// </summary>
public sealed partial class DeploymentTests
{
    /// <summary>What leaving may take: CoordinatedShutdown's phase in which cells are given away.</summary>
    private const int LongestLeave = 60;

    private static readonly string Kubernetes = CommandLine.Repository("cluster/kubernetes");

    private static readonly string NodeConf = File.ReadAllText(
        Path.Combine(Kubernetes, "node.conf")
    );

    private readonly YamlMappingNode _set = Manifest("StatefulSet");

    private YamlMappingNode Pod => At(_set, "spec", "template", "spec");

    private YamlMappingNode Container => (YamlMappingNode)Assert.Single(List(Pod, "containers"));

    [Fact]
    public void Every_manifest_is_put_together()
    {
        YamlMappingNode kustomization = Manifest("Kustomization");
        Assert.Equal(
            Directory
                .GetFiles(Kubernetes, "*.yaml")
                .Select(file => Path.GetFileName(file))
                .Where(file => file != "kustomization.yaml")
                .Order(StringComparer.Ordinal),
            List(kustomization, "resources").Select(Text).Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        YamlNode generator = Assert.Single(List(kustomization, "configMapGenerator"));
        YamlNode volume = List(Pod, "volumes")
            .Single(each => Text(each["name"]) == "configuration");
        Assert.Equal(Text(generator["name"]), Text(volume["configMap"]["name"]));
        Same(["node.conf"], List((YamlMappingNode)generator, "files").Select(Text));
    }

    [Fact]
    public void Command_lines_of_a_pod_parse_and_their_variables_are_set()
    {
        string[] set = [.. List(Container, "env").Select(each => Text(each["name"]))];
        string[] command =
        [
            .. List(Container, "command").Concat(List(Container, "args")).Select(Text),
        ];
        Parses(command);
        string[] probe = [.. List(At(Container, "readinessProbe", "exec"), "command").Select(Text)];
        Same(["/bin/sh", "-c"], probe[..2]);
        Assert.StartsWith("exec ", probe[2], StringComparison.Ordinal);
        Parses(probe[2].Replace("\"", "", StringComparison.Ordinal).Split(' ')[1..]);
        Assert.All(
            command.Append(probe[2]).SelectMany(text => Variable().Matches(text)),
            variable => Assert.Contains(variable.Groups["name"].Value, set, StringComparer.Ordinal)
        );
        // Without it a node says that it is not in a pod.
        Assert.Contains("POD_NAMESPACE", set, StringComparer.Ordinal);
    }

    [Fact]
    public void Files_of_a_pod_are_mounted_where_its_command_line_and_its_node_file_say()
    {
        string[] mounts =
        [
            .. List(Container, "volumeMounts").Select(each => Text(each["mountPath"])),
        ];
        string config = List(Container, "args")
            .Select(Text)
            .First(arg => arg.StartsWith("--config=", StringComparison.Ordinal))[
            "--config=".Length..
        ];
        Assert.Contains(config, mounts, StringComparer.Ordinal);
        string manual = File.ReadAllText(CommandLine.Repository("cluster/README.md"));
        string folder = Path.GetDirectoryName(config)!;
        Assert.Contains($"{folder}/tls", mounts, StringComparer.Ordinal);
        string[] files =
        [
            .. SecretFile().Matches(NodeConf).Select(file => file.Groups["name"].Value),
        ];
        Assert.Equal(4, files.Length);
        Assert.All(
            files,
            file =>
                Assert.Contains(
                    $"--from-file=certificates/{file}",
                    manual,
                    StringComparison.Ordinal
                )
        );
        Assert.All(
            List(Container, "volumeMounts").Select(each => Text(each["name"])),
            name =>
                Assert.Contains(
                    name,
                    List(Pod, "volumes").Select(each => Text(each["name"])),
                    StringComparer.Ordinal
                )
        );
    }

    [Fact]
    public void Ports_and_names_are_those_by_which_pods_are_discovered()
    {
        YamlNode port = Assert.Single(List(Container, "ports"));
        Assert.Equal("remoting", Text(port["name"]));
        string number = Text(port["containerPort"]);
        Assert.Contains($"port = {number}\n", NodeConf, StringComparison.Ordinal);
        Assert.Contains("discover = kubernetes", NodeConf, StringComparison.Ordinal);
        YamlMappingNode service = Manifest("Service");
        Assert.Equal(Text(_set["spec"]["serviceName"]), Text(service["metadata"]["name"]));
        Assert.Equal("None", Text(service["spec"]["clusterIP"]));
        Assert.Equal(number, Text(Assert.Single(List(At(service, "spec"), "ports"))["port"]));
        Assert.Contains(
            $":{number}\"",
            Text(List(At(Container, "readinessProbe", "exec"), "command")[2]),
            StringComparison.Ordinal
        );
        Assert.Equal("pvtimer", Text(At(_set, "spec", "template", "metadata", "labels")["app"]));
        foreach (string kind in new[] { "NetworkPolicy", "PodDisruptionBudget" })
        {
            YamlMappingNode spec = At(Manifest(kind), "spec");
            YamlNode selector = spec.Children.TryGetValue("selector", out YamlNode? found)
                ? found
                : spec["podSelector"];
            Assert.Equal("pvtimer", Text(selector["matchLabels"]["app"]));
        }
        YamlNode rule = Assert.Single(List(At(Manifest("NetworkPolicy"), "spec"), "ingress"));
        Assert.Equal(number, Text(Assert.Single(List((YamlMappingNode)rule, "ports"))["port"]));
    }

    [Fact]
    public void Pod_may_list_pods_and_nothing_else()
    {
        string account = Text(Pod["serviceAccountName"]);
        Assert.Equal(account, Text(Manifest("ServiceAccount")["metadata"]["name"]));
        YamlMappingNode role = Manifest("Role");
        YamlNode rule = Assert.Single(List(role, "rules"));
        Same(["pods"], List((YamlMappingNode)rule, "resources").Select(Text));
        Same(["list"], List((YamlMappingNode)rule, "verbs").Select(Text));
        YamlMappingNode binding = Manifest("RoleBinding");
        Assert.Equal(Text(role["metadata"]["name"]), Text(binding["roleRef"]["name"]));
        Assert.Equal(account, Text(Assert.Single(List(binding, "subjects"))["name"]));
        Assert.DoesNotContain(
            "automountServiceAccountToken",
            Pod.Children.Keys.Select(Text),
            StringComparer.Ordinal
        );
    }

    [Fact]
    public void Pod_gets_the_time_to_give_its_cells_away_and_a_cluster_needs_a_majority()
    {
        Assert.True(Number(Text(Pod["terminationGracePeriodSeconds"])) > LongestLeave);
        int replicas = Number(Text(_set["spec"]["replicas"]));
        int needed = Number(Needed().Match(NodeConf).Groups["count"].Value);
        Assert.True(needed > replicas / 2, $"{needed} of {replicas}");
    }

    [Fact]
    public void Unit_starts_a_node_with_the_time_to_leave_and_may_read_its_file()
    {
        ILookup<string, string> unit = File.ReadLines(
                CommandLine.Repository("cluster/pvtimer-node.service")
            )
            .Where(line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith('#'))
            .Select(line => line.Split('=', 2))
            .ToLookup(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        string[] command = Assert.Single(unit["ExecStart"]).Split(' ');
        Parses(command);
        string file = command[Array.IndexOf(command, "--config") + 1];
        Assert.True(
            File.Exists(CommandLine.Repository($"cluster/{Path.GetFileName(file)}")),
            $"no {file} to copy"
        );
        Same([Path.GetDirectoryName(file)!], unit["ReadOnlyPaths"]);
        Same(unit["RequiresMountsFor"], unit["ReadWritePaths"]);
        Same(["SIGTERM"], unit["KillSignal"]);
        Assert.True(Number(Assert.Single(unit["TimeoutStopSec"])) > LongestLeave);
        Same([$"{ExitCode.Usage}"], unit["RestartPreventExitStatus"]);
    }

    /// <summary>/opt/pvtimer/pvtimer and what follows it.</summary>
    private static void Parses(string[] command)
    {
        Assert.Equal("/opt/pvtimer/pvtimer", command[0]);
        using StringWriter unheard = new();
        Session session = new(unheard, unheard, false, false, CancellationToken.None);
        ParseResult parsed = Program.Root(session).Parse(command[1..]);
        Assert.Empty(parsed.Errors);
        Assert.Empty(parsed.UnmatchedTokens);
    }

    private static YamlMappingNode Manifest(string kind)
    {
        IEnumerable<YamlMappingNode> documents = Directory
            .GetFiles(Kubernetes, "*.yaml")
            .SelectMany(file =>
            {
                YamlStream stream = [];
                using StreamReader reader = File.OpenText(file);
                stream.Load(reader);
                return stream.Documents.Select(each => (YamlMappingNode)each.RootNode);
            });
        return Assert.Single(documents, each => Text(each["kind"]) == kind);
    }

    private static YamlMappingNode At(YamlMappingNode node, params string[] path) =>
        path.Aggregate(node, (at, key) => (YamlMappingNode)at[key]);

    private static IList<YamlNode> List(YamlMappingNode node, string key) =>
        ((YamlSequenceNode)node[key]).Children;

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    private static void Same(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected, actual, StringComparer.Ordinal);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\$\(?(?<name>[A-Z_]+)\)?", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"= tls/(?<name>[\w.]+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex SecretFile();

    [GeneratedRegex(
        @"required-contact-point-nr = (?<count>\d+)",
        RegexOptions.ExplicitCapture,
        1_000
    )]
    private static partial Regex Needed();
}
