using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>What a node keeps of a run in its own directory.</summary>
public sealed class KeptFormTests : IDisposable
{
    private static readonly RunSpec Run = new("run", "/run/s.conf", "pvtimer", "/run", 0, 1)
    {
        Commands = 3,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
    private readonly KeptForm _kept;

    public KeptFormTests() => _kept = new KeptForm(new OwnFiles(_folder), "/run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Last_one_is_kept_with_what_it_is_made_from_and_nothing_of_those_before()
    {
        _kept.Keep(FormOf(Run, 4, 'a'), () => [1]);
        _kept.Keep(FormOf(Run, 5, 'b'), () => [2]);
        _kept.Keep(FormOf(Run, 6, 'b'), () => throw new IOException("it is there"));
        Form read = _kept.Read(Run with { Id = "again" }, out byte[] inputs)!;
        Assert.Equal((6L, 3L, (byte)2), (read.Epoch, read.Run.Commands, Assert.Single(inputs)));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder, "run")).Length);
    }

    [Fact]
    public void Run_of_which_nothing_was_commanded_leaves_nothing() =>
        Assert.Multiple(
            () => _kept.Keep(FormOf(Run with { Commands = 0 }, 4, 'a'), () => [1]),
            () => Assert.Empty(Directory.GetFileSystemEntries(_folder)),
            () => Assert.Null(_kept.Read(Run, out _))
        );

    [Fact]
    public void Of_another_run_and_of_what_is_damaged_nothing_is_read()
    {
        _kept.Keep(FormOf(Run, 4, 'a'), () => [1]);
        Assert.Null(_kept.Read(Run with { FirstId = "another" }, out _));
        Assert.Null(_kept.Read(Run with { Backend = "hrtimer" }, out _));
        string form = Directory.GetFiles(Path.Combine(_folder, "run"), "*.json").Single();
        byte[] whole = File.ReadAllBytes(form);
        File.WriteAllBytes(form, whole[..^9]);
        Assert.Null(_kept.Read(Run, out _));
        File.WriteAllBytes(form, whole);
        Assert.NotNull(_kept.Read(Run, out _));
        File.Delete(Directory.GetFiles(Path.Combine(_folder, "run"), "*.bundle").Single());
        Assert.Null(_kept.Read(Run, out _));
    }

    /// <summary>The order of a dictionary is another one in each process.</summary>
    [Fact]
    public void Equal_forms_are_equal_bytes_and_are_read_as_they_were()
    {
        string[] cells = [.. Enumerable.Range(0, 40).Select(each => $"h{each}")];
        Form form = FormOf(Run, 4, 'a') with
        {
            Pins = cells.ToImmutableDictionary(
                cell => cell,
                cell => $"node-{cell[1]}",
                StringComparer.Ordinal
            ),
        };
        byte[] bytes = WireForm.Write(form);
        string text = Encoding.UTF8.GetString(bytes);
        int[] places =
        [
            .. cells
                .Order(StringComparer.Ordinal)
                .Select(cell => text.IndexOf($"\"{cell}\":", StringComparison.Ordinal)),
        ];
        Assert.Equal(places.Order(), places);
        Form read = (Form)WireForm.Read(bytes, WireManifests.OfDocument(typeof(Form)));
        Assert.Equal(40, read.Pins.Count(pin => form.Pins[pin.Key] == pin.Value));
    }

    private static Form FormOf(RunSpec run, long epoch, char sha256) =>
        new(
            epoch,
            run,
            new string(sha256, 64),
            [],
            [],
            StateSource.Beginning,
            0,
            [],
            ImmutableDictionary<string, string>.Empty,
            [],
            null,
            null,
            Stop: false
        );
}
