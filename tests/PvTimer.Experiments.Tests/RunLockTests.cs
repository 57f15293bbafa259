using System;
using System.IO;

namespace PvTimer.Experiments.Tests;

/// <summary>Of two that run in one directory, the second is refused.</summary>
public sealed class RunLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    private string Place => Path.Combine(_folder, "runs", "one");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_directory_that_was_made_for_nothing_goes_with_the_lock()
    {
        RunLock.Take(Place)!.Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void What_is_in_a_directory_stays_there()
    {
        using (RunLock.Take(Place))
        {
            File.WriteAllText(Path.Combine(Place, "manifest.json"), "{}");
            Assert.Null(RunDirectory.Obstacle(Place));
        }
        Assert.Equal(
            "manifest.json",
            Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(Place)))
        );
    }

    [Fact]
    public void A_directory_with_no_more_than_what_a_killed_process_left_is_a_free_place()
    {
        using RunLock? held = RunLock.Take(Place);
        File.WriteAllText(Path.Combine(Place, ".probe-1"), "");
        Assert.Null(RunDirectory.Obstacle(Place));
    }

    [Fact]
    public void A_second_one_is_refused_until_the_first_has_let_go()
    {
        using (RunLock.Take(Place))
        {
            RunLockedException refused = Assert.Throws<RunLockedException>(() =>
                RunLock.Take(Place)
            );
            Assert.Contains(
                $"process {Environment.ProcessId}",
                refused.Message,
                StringComparison.Ordinal
            );
        }
        using RunLock? next = RunLock.Take(Place);
        Assert.NotNull(next);
    }

    [Fact]
    public void A_place_where_no_file_can_be_made_is_left_to_who_writes_there()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.Null(RunLock.Take(file));
        Assert.Null(RunLock.Take(Path.Combine(file, "below")));
        Assert.Null(RunLock.Take(""));
        Assert.Null(RunLock.TakeResumed(Path.Combine(_folder, "nothing")));
        Assert.Equal(file, Assert.Single(Directory.GetFileSystemEntries(_folder)));
    }
}
