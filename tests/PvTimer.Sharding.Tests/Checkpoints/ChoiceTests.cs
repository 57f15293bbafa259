using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using PvTimer.Sharding.Checkpoints;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>
/// A checkpoint is chosen as a whole: what does not hold of the newest is one line, and the one before is used.
/// </summary>
public sealed class ChoiceTests : IDisposable
{
    private const string Newest = "manifest-e0003-r0000000020.json";

    private static readonly Dictionary<string, (Action<StoredRun> Damage, string Said)> Damages =
        new(StringComparer.Ordinal)
        {
            ["the reached time is edited"] = (
                run => run.Edit(Newest, node => node["ReachedNanoseconds"] = 21),
                "its hash is not"
            ),
            ["the history is edited"] = (
                run => run.Edit(Newest, node => node["History"]![0] = "it never began"),
                "its hash is not"
            ),
            ["a part is taken out of the list"] = (
                run => run.Edit(Newest, node => node["Parts"]!.AsArray().RemoveAt(1)),
                "its hash is not"
            ),
            ["the end is edited in"] = (
                run => run.Edit(Newest, node => node["Done"] = true),
                "its hash is not"
            ),
            ["it is an older manifest under a newer name"] = (
                run => File.Copy(run["manifest-e0003-r0000000010.json"], run[Newest], true),
                "it is that of epoch 3, round 10"
            ),
            ["a part is missing"] = (
                run => File.Delete(run["e3-r20-node-2.ckpt"]),
                "e3-r20-node-2.ckpt: Could not find"
            ),
            ["a part is cut short"] = (
                run => Cut(run["e3-r20-node-2.ckpt"]),
                "bytes, its manifest says"
            ),
            ["a byte of a part has changed"] = (
                run => Flip(run["e3-r20-node-2.ckpt"]),
                "its SHA-256 is not"
            ),
            ["a part is an older one of this run"] = (
                run => File.Copy(run["e3-r10-node-2.ckpt"], run["e3-r20-node-2.ckpt"], true),
                "its SHA-256 is not"
            ),
            ["a part is that of another node"] = (
                run => File.Copy(run["e3-r20-node-1.ckpt"], run["e3-r20-node-2.ckpt"], true),
                "its SHA-256 is not"
            ),
            ["a part is a link"] = (
                run =>
                {
                    File.Move(run["e3-r20-node-2.ckpt"], run.Outside, overwrite: true);
                    File.CreateSymbolicLink(run["e3-r20-node-2.ckpt"], run.Outside);
                },
                "it is a link"
            ),
            ["a part names an older round"] = (
                run => Forge(run, run.Part(3, 10, "node-1", "h0"), run.Part(3, 20, "node-2", "h1")),
                "is not that of its epoch, round and node"
            ),
            ["no part has one of the cells"] = (
                run => Forge(run, run.Part(3, 20, "node-1", "h0")),
                "no part has the cell h1"
            ),
            ["two parts have one of the cells"] = (
                run =>
                    Forge(
                        run,
                        run.Part(3, 20, "node-1", "h0", "h1"),
                        run.Part(3, 20, "node-2", "h1")
                    ),
                "has the cell h1 once more"
            ),
            ["a part has a cell of another machine"] = (
                run =>
                    Forge(
                        run,
                        run.Part(3, 20, "node-1", "h0", "h1"),
                        run.Part(3, 20, "node-2", "h2")
                    ),
                "a cell that the machine has not: h2"
            ),
            ["it is of another run"] = (
                run => Rewrite(run, manifest => manifest.Run with { FirstId = "other-id" }),
                "it is of other-id on pvtimer, not of first-id on pvtimer"
            ),
            ["it is of another back-end"] = (
                run => Rewrite(run, manifest => manifest.Run with { Backend = "hrtimer" }),
                "it is of first-id on hrtimer"
            ),
            ["its scenario is outside"] = (
                run => Rewrite(run, manifest => manifest.Run with { ScenarioFile = "../.." }),
                "the scenario '..' begins with '.'"
            ),
            ["its scenario is gone"] = (
                run => Rewrite(run, manifest => manifest.Run with { ScenarioFile = "gone.conf" }),
                "gone.conf: Could not find"
            ),
        };

    private readonly StoredRun _run = new();

    public static TheoryData<string> AllDamages => [.. Damages.Keys];

    public void Dispose() => _run.Dispose();

    [Theory]
    [MemberData(nameof(AllDamages))]
    public void The_checkpoint_before_is_used_if(string damage)
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        _run.Keep(epoch: 3, round: 20, reached: 20);
        Assert.Equal(20, _run.LastReached(out ImmutableArray<string> damaged));
        Assert.Empty(damaged);

        Damages[damage].Damage(_run);

        Assert.Equal(10, _run.LastReached(out damaged));
        string line = Assert.Single(damaged);
        Assert.Contains(Damages[damage].Said, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void No_checkpoint_is_used_of_a_scenario_that_was_edited()
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        _run.Keep(epoch: 3, round: 20, reached: 20);
        File.AppendAllText(_run.Spec.ScenarioFile, " ");
        Assert.Null(_run.LastReached(out ImmutableArray<string> damaged));
        Assert.Equal(2, damaged.Length);
        Assert.All(
            damaged,
            line =>
                Assert.EndsWith(
                    "or a recording in it is not what was run",
                    line,
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void A_checkpoint_after_a_command_has_the_scenario_that_the_command_made()
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        string amended = _run["scenario-3-0.conf"];
        File.WriteAllText(amended, StoredRun.Scenario("amended"));
        var begun = _run.Spec;
        _run.Spec = begun with { ScenarioFile = amended };
        _run.Keep(epoch: 4, round: 20, reached: 20);
        Assert.Equal(20, _run.LastReached(out _));
        _run.Spec = begun;
        Assert.Equal(20, _run.LastReached(out _));

        File.AppendAllText(amended, " ");

        Assert.Equal(10, _run.LastReached(out ImmutableArray<string> damaged));
        Assert.Contains("scenario-3-0.conf", Assert.Single(damaged), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_is_resumed_under_a_new_id_goes_on_from_its_checkpoints()
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        _run.Spec = _run.Spec with { Id = "second-id" };
        Assert.Equal(10, _run.LastReached(out _));
        _run.Keep(epoch: 4, round: 5, reached: 12);
        Assert.Equal(12, _run.LastReached(out _));
    }

    [Fact]
    public void A_directory_that_was_moved_is_the_same_run()
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        using StoredRun other = new();
        Directory.Delete(other.Directory, recursive: true);
        Directory.Move(_run.Directory, other.Directory);
        Assert.Equal(10, other.LastReached(out ImmutableArray<string> damaged));
        Assert.Empty(damaged);
    }

    [Fact]
    public void A_manifest_that_was_laid_out_anew_says_the_same()
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        _run.Edit("manifest-e0003-r0000000010.json", static _ => { });
        Assert.Equal(10, _run.LastReached(out _));
    }

    [Fact]
    public void Manifest_that_was_read_before_is_read_anew_when_its_bytes_have_changed()
    {
        _run.Keep(epoch: 3, round: 10, reached: 10);
        _run.Keep(epoch: 3, round: 20, reached: 20);
        CheckpointStore store = _run.Store;
        long? Last() => store.FindLast(_run.Spec, StoredRun.Cells, out _)?.ReachedNanoseconds;
        Assert.Equal(20, Last());
        byte[] whole = File.ReadAllBytes(_run[Newest]);
        Flip(_run[Newest]);
        Assert.Equal(10, Last());
        File.WriteAllBytes(_run[Newest], whole);
        Assert.Equal(20, Last());
        File.Copy(_run["manifest-e0003-r0000000010.json"], _run[Newest], overwrite: true);
        Assert.Equal(10, Last());
    }

    [Fact]
    public void Cells_that_are_frozen_twice_at_one_barrier_give_one_part()
    {
        CheckpointPart first = _run.Part(3, 10, "node-1", "h0", "h1");
        Assert.Equal(first, _run.Part(3, 10, "node-1", "h1", "h0"));
    }

    private static void Forge(StoredRun run, params CheckpointPart[] parts) =>
        ManifestFile.Write(LocalFiles.Instance, run[Newest], run.Manifest(3, 20, 20, [.. parts]));

    private static void Rewrite(
        StoredRun run,
        Func<CheckpointManifest, Sharding.Coordination.RunSpec> change
    )
    {
        CheckpointManifest manifest = ManifestFile.Read(LocalFiles.Instance, run[Newest]);
        ManifestFile.Write(
            LocalFiles.Instance,
            run[Newest],
            manifest with
            {
                Run = change(manifest),
            }
        );
    }

    private static void Cut(string path)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength(file.Length - 1);
    }

    private static void Flip(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        content[^1] ^= 1;
        File.WriteAllBytes(path, content);
    }
}
