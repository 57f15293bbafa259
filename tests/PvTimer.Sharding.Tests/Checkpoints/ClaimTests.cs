using System;
using System.IO;
using System.Linq;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>No two coordinators begin a formation of one number, whatever they know of each other.</summary>
public sealed class ClaimTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Successor_that_has_not_heard_of_a_formation_takes_the_next_number()
    {
        long dead = new CheckpointStore(_directory).ClaimEpoch(1);
        long successor = new CheckpointStore(_directory).ClaimEpoch(1);
        Assert.Equal((2, 3), (dead, successor));
    }

    [Fact]
    public void Number_is_not_given_again_when_the_manifests_that_came_of_it_are_gone()
    {
        CheckpointStore store = new(_directory);
        for (long epoch = 0; epoch < 4; epoch = store.ClaimEpoch(epoch))
        {
            store.Commit(Manifest(epoch));
        }
        foreach (string manifest in Directory.GetFiles(_directory, "manifest-*"))
        {
            File.Delete(manifest);
        }
        Assert.Equal(5, new CheckpointStore(_directory).ClaimEpoch(0));
    }

    [Fact]
    public void Numbers_before_the_oldest_checkpoint_are_forgotten()
    {
        CheckpointStore store = new(_directory);
        for (long epoch = 0; epoch < 4; epoch = store.ClaimEpoch(epoch))
        {
            store.Commit(Manifest(epoch));
        }
        store.Commit(Manifest(4));
        Assert.Equal(
            "formation-e0003 formation-e0004",
            string.Join(
                ' ',
                Directory
                    .GetFiles(_directory, "formation-*")
                    .Select(path => Path.GetFileName(path))
                    .Order(StringComparer.Ordinal)
            )
        );
    }

    private static CheckpointManifest Manifest(long epoch) =>
        new(
            CheckpointManifest.CurrentVersion,
            new RunSpec("run", "scenario.conf", "pvtimer", "", 0, 1),
            FileHash.Of([]),
            epoch,
            Round: 1,
            ReachedNanoseconds: 1,
            Done: false,
            [],
            []
        );
}
