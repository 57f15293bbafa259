using System;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using PvTimer.Sharding.Checkpoints;

namespace PvTimer.Sharding.Tests.Checkpoints;

/// <summary>
/// Whatever a manifest says: it is refused with one line, and nothing outside the directory is read or removed.
/// </summary>
public sealed class MalformedManifestTests : IDisposable
{
    private const string Good = "manifest-e0003-r0000000010.json";
    private const string Bad = "manifest-e0003-r0000000020.json";

    /// <summary>What editing a good manifest can leave, by a path into it and the JSON in its place.</summary>
    private static readonly (string Path, string Json)[] Edits =
    [
        .. from path in new[]
        {
            "Version",
            "Run",
            "Run.Id",
            "Run.FirstId",
            "Run.ScenarioFile",
            "Run.Backend",
            "Run.Nodes",
            "InputSha256",
            "Epoch",
            "Round",
            "ReachedNanoseconds",
            "Done",
            "Parts",
            "Parts.0",
            "Parts.0.File",
            "Parts.0.Node",
            "Parts.0.Bytes",
            "Parts.0.Sha256",
            "History",
            "History.0",
            "Sha256",
        }
        from json in new[]
        {
            "null",
            "-1",
            "99999999999999999999999999",
            "1e400",
            "\"\\ud800\"",
            "\"a\\nb\"",
            "[]",
            "[null]",
            "{}",
            "{ \"more\": 1 }",
        }
        select (path, json),
    ];

    private static readonly string[] Contents =
    [
        "",
        " ",
        "\0",
        "null",
        "[]",
        "3",
        "\"\n\"",
        "{",
        "{}",
        "{ \"Version\": 3 }",
        "{ \"Version\": \"3\" }",
        "{ \"Version\": 3.5 }",
        "{ \"Version\": 2, \"Epoch\": 3 }",
        "{ \"Version\": 3, \"Version\": 3 }",
        new('[', 100_000),
        "{ \"Version\": 3, \"Run\": " + new string('[', 100) + new string(']', 100) + " }",
        "\ufeff{}",
    ];

    private static readonly string[] PartNames =
    [
        "../thesis.ckpt",
        "../../etc/passwd",
        "/etc/passwd",
        "",
        ".",
        "..",
        "scenario.conf",
        "e3-r20-../../thesis.ckpt",
        "e3-r20-node-1/../../thesis.ckpt",
        "e3-r20-node-1.ckpt/",
        "e03-r20-node-1.ckpt",
        "e+3-r20-node-1.ckpt",
        "e-3-r20-node-1.ckpt",
        "e3-r20-.ckpt",
        "e3-r20-node 1.ckpt",
        "e3-r20-node\n1.ckpt",
        "e3-r20-node-1.ckpt\0",
        "E3-R20-NODE-1.CKPT",
        "e99999999999999999999-r20-node-1.ckpt",
        "e3-r20-" + new string('n', 65) + ".ckpt",
    ];

    private readonly StoredRun _run = new();

    public MalformedManifestTests() => _run.Keep(epoch: 3, round: 10, reached: 10);

    public static TheoryData<string> Names => [.. PartNames];

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Content_that_is_no_manifest_is_one_line()
    {
        foreach (string content in Contents)
        {
            File.WriteAllText(_run[Bad], content);
            AssertRefused(content);
        }
        File.WriteAllBytes(_run[Bad], [0xff, 0xfe, 0x80]);
        AssertRefused("no UTF-8");
    }

    [Fact]
    public void Member_that_cannot_be_is_one_line()
    {
        CheckpointManifest whole = _run.Keep(epoch: 3, round: 20, reached: 20);
        string good = File.ReadAllText(_run[Bad]);
        foreach ((string path, string json) in Edits)
        {
            string text = Replaced(good, path, json);
            File.WriteAllText(_run[Bad], text);
            AssertRefused($"{path} = {json}");
            // Someone who knows the form computes the hash anew: what cannot be is refused all the same.
            if (Parsed(text) is { } forged && !IsAsGood(forged, whole) && IsWritten(forged))
            {
                AssertNotUsed($"{path} = {json}, with its hash");
            }
        }
    }

    [Fact]
    public void Manifest_that_is_too_large_is_not_read()
    {
        using (FileStream file = File.Create(_run[Bad]))
        {
            file.SetLength(ManifestFile.MostBytes + 1);
        }
        AssertRefused("one byte more");
        _run.LastReached(out ImmutableArray<string> damaged);
        Assert.EndsWith(
            "accepted: a manifest of 1 to 16777216",
            damaged[0],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Part_that_is_too_large_is_not_read()
    {
        CheckpointManifest manifest = _run.Keep(epoch: 3, round: 20, reached: 20);
        using (FileStream file = File.OpenWrite(_run["e3-r20-node-1.ckpt"]))
        {
            file.SetLength(1L << 40);
        }
        AssertNotUsed("a part of 1 TiB");
        _run.LastReached(out ImmutableArray<string> damaged);
        Assert.Contains("1099511627776 bytes, its manifest", damaged[0], StringComparison.Ordinal);
        ManifestFile.Write(
            LocalFiles.Instance,
            _run[Bad],
            manifest with
            {
                Parts = [manifest.Parts[0] with { Bytes = 1L << 40 }, manifest.Parts[1]],
            }
        );
        AssertNotUsed("a part of 1 TiB, as the manifest says");
        _run.LastReached(out damaged);
        Assert.Contains("1099511627776 bytes, SHA-256", damaged[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Part_with_the_right_hash_that_holds_no_cells_is_one_line()
    {
        CheckpointManifest manifest = _run.Keep(epoch: 3, round: 20, reached: 20);
        byte[] good = File.ReadAllBytes(_run["e3-r20-node-1.ckpt"]);
        for (int at = 0; at < 20; at++)
        {
            foreach (byte value in new byte[] { 0x00, 0x7f, 0x80, 0xff })
            {
                byte[] bad = [.. good];
                bad[at] = value;
                if (bad.AsSpan().SequenceEqual(good))
                {
                    continue;
                }
                File.WriteAllBytes(_run["e3-r20-node-1.ckpt"], bad);
                CheckpointPart forged = manifest.Parts[0] with { Sha256 = FileHash.Of(bad) };
                ManifestFile.Write(
                    LocalFiles.Instance,
                    _run[Bad],
                    manifest with
                    {
                        Parts = [forged, manifest.Parts[1]],
                    }
                );
                AssertNotUsed($"byte {at} is {value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Part_name_of_another_form_leads_nowhere(string name)
    {
        // What it leads to is a whole part: only the name is wrong.
        File.Copy(_run["e3-r10-node-1.ckpt"], _run.Outside, overwrite: true);
        byte[] outside = File.ReadAllBytes(_run.Outside);
        CheckpointPart part = new(name, "node-1", outside.Length, FileHash.Of(outside));
        CheckpointManifest manifest = _run.Manifest(3, 20, 20, [part]);
        ManifestFile.Write(LocalFiles.Instance, _run[Bad], manifest);
        AssertRefused(name);

        Assert.Throws<CheckpointDamagedException>(() => _run.Store.Commit(manifest));
        CheckpointDamagedException read = Assert.Throws<CheckpointDamagedException>(() =>
            _run.Store.ReadCells([part])
        );
        Assert.DoesNotContain('\n', read.Message);
        Assert.EndsWith(CheckpointName.FormsOfParts, read.Message, StringComparison.Ordinal);
        // Two more push it out: what it names stays.
        _run.Keep(epoch: 4, round: 1, reached: 30);
        _run.Keep(epoch: 4, round: 2, reached: 40);
        _run.Keep(epoch: 4, round: 3, reached: 50);
        Assert.Equal(outside, File.ReadAllBytes(_run.Outside));
        Assert.True(File.Exists(_run.Spec.ScenarioFile));
        Assert.Equal(
            "manifest-e0004-r0000000002.json manifest-e0004-r0000000003.json",
            _run.Files("manifest-*")
        );
    }

    [Theory]
    [InlineData("../node-1")]
    [InlineData("")]
    [InlineData("node\n1")]
    public void Node_name_of_another_form_names_no_part(string node) =>
        Assert.Throws<ArgumentException>(() => _run.Part(3, 20, node, "h0"));

    /// <summary>One line about the bad one, and the good one is used.</summary>
    private void AssertNotUsed(string what)
    {
        Assert.True(_run.LastReached(out ImmutableArray<string> damaged) == 10, what);
        Assert.True(damaged is [var line] && !line.AsSpan().ContainsAny('\n', '\r'), what);
    }

    /// <summary>Its reached time is not believed either, and it does not keep the good one from anything.</summary>
    private void AssertRefused(string what)
    {
        AssertNotUsed(what);
        _run.Store.ForgetBehind(_run.Spec, 15);
        Assert.True(File.Exists(_run[Bad]), what);
        Assert.True(File.Exists(_run[Good]), what);
    }

    private static string Replaced(string text, string path, string json)
    {
        JsonNode root = JsonNode.Parse(text)!;
        string mark = Guid.NewGuid().ToString();
        string[] words = path.Split('.');
        JsonNode node = words[..^1].Aggregate(root, (at, word) => Member(at, word));
        if (node is JsonArray array)
        {
            array[int.Parse(words[^1], System.Globalization.CultureInfo.InvariantCulture)] = mark;
        }
        else
        {
            node[words[^1]] = mark;
        }
        return root.ToJsonString().Replace($"\"{mark}\"", json, StringComparison.Ordinal);
    }

    private static JsonNode Member(JsonNode at, string word) =>
        at is JsonArray array
            ? array[int.Parse(word, System.Globalization.CultureInfo.InvariantCulture)]!
            : at[word]!;

    private static CheckpointManifest? Parsed(string text)
    {
        try
        {
            CheckpointManifest? manifest = JsonSerializer.Deserialize<CheckpointManifest>(text);
            return manifest is { Run: not null, Parts.IsDefault: false, History.IsDefault: false }
                ? manifest
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>With its own hash; false: it is refused even to whoever writes it.</summary>
    private bool IsWritten(CheckpointManifest forged)
    {
        try
        {
            ManifestFile.Write(LocalFiles.Instance, _run[Bad], forged);
            return true;
        }
        catch (CheckpointDamagedException)
        {
            Assert.Throws<CheckpointDamagedException>(() => _run.Store.Commit(forged));
            return false;
        }
    }

    /// <summary>What is neither the run's identity nor the checkpoint's may have any value.</summary>
    private static bool IsAsGood(CheckpointManifest forged, CheckpointManifest whole) =>
        forged.Parts.SequenceEqual(whole.Parts)
        && forged.Run.FirstId == whole.Run.FirstId
        && forged with
        {
            Parts = whole.Parts,
            History = whole.History,
            Run = whole.Run,
            Sha256 = whole.Sha256,
        } == whole
        && forged.History.All(line => line is not null)
        && forged.Run.ScenarioName == whole.Run.ScenarioName
        && forged.Run.Backend == whole.Run.Backend;
}
