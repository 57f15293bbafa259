using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>
/// A checkpoint directory of a run with two cells on two nodes, as nodes and a coordinator write it, in a folder with
/// a file beside it that belongs to nobody's run.
/// </summary>
internal sealed class StoredRun : IDisposable
{
    public static readonly ImmutableArray<string> Cells = ["h0", "h1"];

    private readonly string _folder = System
        .IO.Directory.CreateTempSubdirectory("pvtimer-")
        .FullName;

    public StoredRun()
    {
        System.IO.Directory.CreateDirectory(Directory);
        File.WriteAllText(Outside, "not of this run");
        File.WriteAllText(Path.Combine(Directory, "scenario.conf"), Scenario("first"));
        Spec = new RunSpec(
            "first-id",
            Path.Combine(Directory, "scenario.conf"),
            "pvtimer",
            Directory,
            0,
            2
        );
    }

    public string Directory => Path.Combine(_folder, "pvtimer");

    /// <summary>One that can be read, of any name.</summary>
    public static string Scenario(string name) =>
        $$"""
            scenario {
              name = {{name}}, duration = 10ms, host { cpus = 4, costs = cascadelake-kvm }
              vms = [ { name = web, vcpus = 2, guest { type = cyclictest, period = 1ms } } ]
            }
            """;

    /// <summary>A file that no checkpoint may touch.</summary>
    public string Outside => Path.Combine(_folder, "thesis.ckpt");

    public RunSpec Spec { get; set; }

    public CheckpointStore Store => new(Directory);

    public string this[string file] => Path.Combine(Directory, file);

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    /// <summary>Names of the files that are there, in order.</summary>
    public string Files(string pattern) =>
        string.Join(
            ' ',
            System
                .IO.Directory.GetFiles(Directory, pattern)
                .Select(Path.GetFileName)
                .Order(StringComparer.Ordinal)
        );

    /// <summary>Writes a whole checkpoint.</summary>
    /// <returns>Its manifest.</returns>
    public CheckpointManifest Keep(long epoch, long round, long reached)
    {
        CheckpointManifest manifest = Manifest(
            epoch,
            round,
            reached,
            [Part(epoch, round, "node-1", "h0"), Part(epoch, round, "node-2", "h1")]
        );
        Store.Commit(manifest);
        return manifest;
    }

    public CheckpointManifest Manifest(
        long epoch,
        long round,
        long reached,
        ImmutableArray<CheckpointPart> parts
    ) =>
        new(
            CheckpointManifest.CurrentVersion,
            Spec,
            InputHash.Of(Spec.ScenarioFile),
            epoch,
            round,
            reached,
            Done: false,
            parts,
            ["it began"]
        );

    /// <summary>Writes a part with these cells; the state of each is its name, epoch and round.</summary>
    public CheckpointPart Part(long epoch, long round, string node, params string[] cells) =>
        Store.WritePart(
            epoch,
            round,
            node,
            [
                .. cells.Select(cell =>
                    KeyValuePair.Create(cell, Encoding.UTF8.GetBytes($"{cell} {epoch} {round}"))
                ),
            ]
        );

    /// <summary>Where the last checkpoint is that can be used [ns]; null: there is none.</summary>
    public long? LastReached(out ImmutableArray<string> damaged) =>
        Store.FindLast(Spec, Cells, out damaged)?.ReachedNanoseconds;

    /// <summary>Changes a member of a manifest as an editor does.</summary>
    public void Edit(string manifest, Action<JsonNode> edit)
    {
        JsonNode node = JsonNode.Parse(File.ReadAllText(this[manifest]))!;
        edit(node);
        File.WriteAllText(this[manifest], node.ToJsonString());
    }
}
