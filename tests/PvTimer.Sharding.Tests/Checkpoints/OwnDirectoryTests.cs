using System;
using System.IO;
using System.Linq;
using System.Runtime.Serialization;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Tests.Control;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>A node's own directory, and parts of checkpoints that are sent from one to another.</summary>
public sealed class OwnDirectoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
    private readonly OwnFiles _files;
    private readonly CheckpointPart _part;
    private readonly byte[] _bytes;

    public OwnDirectoryTests()
    {
        _files = new OwnFiles(_folder);
        _part = Store(_files).WritePart(3, 7, "node-1", [new("h0", [1, 2, 3, 4, 5])]);
        _bytes = Store(_files).BytesOf(_part);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/../../etc/x")]
    [InlineData("../x")]
    [InlineData("/run/../../../x")]
    public void No_path_leads_out_of_it(string path)
    {
        _files.MakeDirectory(Path.GetDirectoryName(path)!);
        _files.WriteWhole(path, path + ".partial", [1]);
        string written = Assert.Single(
            Directory.GetFiles(_folder, "x", SearchOption.AllDirectories)
        );
        Assert.StartsWith(_folder + "/", Path.GetFullPath(written), StringComparison.Ordinal);
        Assert.Equal([1], _files.Read(path));
    }

    [Fact]
    public void Files_are_listed_by_the_paths_that_they_were_written_under()
    {
        Assert.Equal($"/run/{_part.File}", Assert.Single(_files.List("/run")));
        Assert.True(_files.Exists($"/run/{_part.File}"));
        Assert.False(File.Exists($"/run/{_part.File}"));
        _files.ChangeEnd("/run/journal", _ => (0, [7]));
        Assert.False(_files.TryCreate("/run/journal"));
        Assert.Equal((1, false), _files.Look("/run/journal"));
        _files.Delete("/run/journal");
        Assert.False(_files.Exists("/run/journal"));
    }

    [Fact]
    public void Part_arrives_in_parcels_and_is_kept_only_with_its_hash()
    {
        OwnFiles other = new(Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName);
        CheckpointStore store = Store(other);
        PartParcels parcels = new(store.LackingOf([_part]));
        byte[]? whole = null;
        while (whole is null)
        {
            PartParcel sent = PartParcel.Of(4, _part.Sha256, _bytes, parcels.Arrived, largest: 10);
            PartParcel come = PartParcel.FromBytes(sent.ToBytes());
            Assert.Equal((sent.Epoch, sent.Offset), (come.Epoch, come.Offset));
            whole = parcels.Add(come);
            // The same once more, from a network that repeats itself.
            Assert.Null(parcels.Add(come));
        }
        byte[] changed = [.. whole];
        changed[^1] ^= 1;
        Assert.Throws<CheckpointDamagedException>(() => store.Take(_part, changed));
        Assert.Equal(_part, Assert.Single(store.LackingOf([_part])));
        store.Take(_part, whole);
        Assert.Empty(store.LackingOf([_part]));
        Assert.Equal("h0", Assert.Single(store.ReadCells([_part]).Keys));
        parcels.Next();
        Assert.Null(parcels.Current);
    }

    [Theory]
    [InlineData(0, 1, 4)]
    [InlineData(1, 0, 4)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 1_000)]
    public void Bytes_that_are_not_the_next_change_nothing(int offset, int more, int length)
    {
        PartParcels parcels = new([_part]);
        PartParcel parcel = new(
            4,
            _part.Sha256,
            _bytes.Length + more,
            offset,
            new byte[Math.Min(length, 2 * _bytes.Length)]
        );
        Assert.Null(parcels.Add(parcel));
        Assert.Equal(0, parcels.Arrived);
    }

    /// <summary>What was asked for twice may be in its place while it arrives once more.</summary>
    [Fact]
    public void Part_that_is_there_before_it_has_arrived_leaves_nothing_behind_for_the_next()
    {
        PartParcels parcels = new([_part, _part]);
        Assert.Null(parcels.Add(PartParcel.Of(4, _part.Sha256, _bytes, offset: 0, largest: 10)));
        parcels.Next();
        byte[]? whole = parcels.Add(
            PartParcel.Of(4, _part.Sha256, _bytes, offset: 0, largest: _bytes.Length)
        );
        Assert.Equal(_bytes, whole);
    }

    [Fact]
    public void Part_that_would_take_too_much_memory_is_not_sent()
    {
        CheckpointPart large = _part with { Bytes = PartParcels.MostBytes + 1L };
        Assert.Contains("accepted", new PartParcels([large]).Obstacle, StringComparison.Ordinal);
        Assert.Null(new PartParcels([_part]).Obstacle);
    }

    [Fact]
    public void Parcel_that_is_none_is_refused() =>
        Assert.All(
            (int[])[0, 1, 79],
            length =>
                Assert.Throws<SerializationException>(() => PartParcel.FromBytes(new byte[length]))
        );

    [Fact]
    public void Part_with_the_name_of_another_file_is_neither_sent_nor_kept()
    {
        CheckpointPart other = _part with { File = "../../token" };
        Assert.Throws<CheckpointDamagedException>(() => Store(_files).BytesOf(other));
        Assert.Throws<CheckpointDamagedException>(() => Store(_files).LackingOf([other]));
        Assert.Throws<CheckpointDamagedException>(() => Store(_files).Take(other, _bytes));
    }

    [Fact]
    public void Part_that_is_not_what_was_written_is_lacking_for_a_node_that_needs_it()
    {
        CheckpointPart gone = _part with { File = "e3-r7-node-2.ckpt", Node = "node-2" };
        Assert.Equal(
            "h0",
            Assert.Single(Store(_files).ReadCells([_part, gone], out var lacking)).Key
        );
        Assert.Equal(gone, Assert.Single(lacking));
        _files.WriteWhole($"/run/{_part.File}", "/run/x.partial", [.. _bytes.SkipLast(1), 9]);
        Assert.Empty(Store(_files).ReadCells([_part, gone], out lacking));
        Assert.Equal([_part, gone], lacking.ToArray());
    }

    [Fact]
    public void Part_that_is_not_what_was_written_though_it_was_sent_fails_the_formation_and_no_copy()
    {
        ScriptedAgent agent = new ScriptedAgent().Formed();
        NodeEffect.OfFormation read = new NodeEffect.ReadStates(1, [_part], ["h0"]);
        NodeEffect.OfFormation keep = new NodeEffect.KeepManifest(1, null!, IsLast: false); // reason: not looked at
        foreach (NodeEffect.OfFormation again in (NodeEffect.OfFormation[])[keep, read])
        {
            agent.Step(new NodeEvent.PartsLacking(1, [_part], again));
            Assert.IsType<AskPart>(Assert.Single(agent.Said));
            agent.Receive(PartParcel.Of(1, _part.Sha256, _bytes, offset: 0));
            Assert.Equal([again], agent.Step(new NodeEvent.PartTaken(1, _part)).Effects);
            agent.Step(new NodeEvent.PartsLacking(1, [_part], again));
        }
        Assert.Contains(
            _part.File,
            Assert.IsType<FormingFailed>(Assert.Single(agent.Said)).What,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Processes_that_share_no_directory_never_claim_one_number()
    {
        OwnFiles other = new(Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName);
        long[] first = [.. Enumerable.Range(0, 4).Select(_ => Store(_files).ClaimEpoch(0, 17))];
        long[] second = [.. Enumerable.Range(0, 4).Select(_ => Store(other).ClaimEpoch(0, 5))];
        Assert.Equal([17, 1_000_017, 2_000_017, 3_000_017], first);
        Assert.Equal([5, 1_000_005, 2_000_005, 3_000_005], second);
        Assert.Equal(3_000_017, Store(other).ClaimEpoch(3_000_005, 17));
        Assert.Equal(4_000_018, Store(other).ClaimEpoch(3_999_999, 18));
    }

    [Fact]
    public void Journal_that_begins_on_another_node_counts_on()
    {
        RunSpec run = new("run", "/run/scenario.conf", "pvtimer", "/run", 0, 1);
        CommandJournal journal = new(run, _files);
        long writer = journal.TakeOver(number: 7);
        ClusterCommand stop = new(ClusterVerb.Stop, "run", Id: "a");
        Assert.Equal(9, journal.Append(stop, writer).Number);
        Assert.Equal([9L], new CommandJournal(run, _files).After(7).Select(each => each.Number));
    }

    private static CheckpointStore Store(OwnFiles files) =>
        new("/run", files, new ScenarioInputs(new HeldInputs()), new KnownManifests());
}
