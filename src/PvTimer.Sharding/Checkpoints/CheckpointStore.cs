using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// The checkpoints of one back-end's run in a directory that all nodes share. Files appear under their names
/// only when they are whole; a checkpoint exists when its manifest does.
/// </summary>
/// <remarks>
/// <code>
///   e3-r1200-node-1.ckpt   e3-r1200-node-2.ckpt   manifest-e0003-r0000001200.json   formation-e0003
/// </code>
/// The last two checkpoints are kept: if a file of the last one turns out to be damaged, there is another.
/// </remarks>
public sealed class CheckpointStore
{
    private const int Kept = 2;
    private const string ManifestPattern = "manifest-*.json";
    private const string ClaimPattern = "formation-e*";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly string _directory;

    /// <exception cref="IOException">The directory cannot be made.</exception>
    public CheckpointStore(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
    }

    /// <summary>
    /// The number of a new formation: the next one that no coordinator has taken. One that was declared dead may
    /// have begun a formation that no node of its successor has heard of yet; what belongs to that one must not
    /// be taken for the successor's.
    /// </summary>
    /// <param name="last">The greatest number that is known to be taken.</param>
    /// <exception cref="IOException">It cannot be written down.</exception>
    public long ClaimEpoch(long last)
    {
        long epoch = last;
        string path;
        do
        {
            epoch++;
            path = Path.Combine(_directory, ClaimOf(epoch));
        } while (!TryCreate(path));
        return epoch;
    }

    /// <summary>Writes one node's part.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public CheckpointPart WritePart(
        long epoch,
        long round,
        string node,
        IReadOnlyCollection<KeyValuePair<string, byte[]>> cells
    )
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"e{epoch}-r{round}-{node}.ckpt");
        (long bytes, string sha256) = CheckpointFile.Write(Path.Combine(_directory, name), cells);
        return new CheckpointPart(name, node, bytes, sha256);
    }

    /// <summary>Makes the parts one checkpoint, and forgets all but the last two.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Commit(CheckpointManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"manifest-e{manifest.Epoch:0000}-r{manifest.Round:0000000000}.json"
        );
        string path = Path.Combine(_directory, name);
        using (FileStream file = new(path + ".partial", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, manifest, Json);
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".partial", path, overwrite: true);
        ForgetAllBut(Kept);
    }

    /// <summary>The last checkpoint whose files are what was written; null if there is none.</summary>
    /// <param name="damaged">A line for each newer one that cannot be used.</param>
    public CheckpointManifest? FindLast(out ImmutableArray<string> damaged) =>
        FindLast(long.MaxValue, out damaged);

    /// <summary>The last of those that do not lie behind an instant of virtual time.</summary>
    /// <param name="latest">The instant [ns].</param>
    /// <param name="damaged">A line for each newer one that cannot be used.</param>
    public CheckpointManifest? FindLast(long latest, out ImmutableArray<string> damaged)
    {
        List<string> complaints = [];
        CheckpointManifest? found = null;
        foreach (string path in Manifests())
        {
            try
            {
                CheckpointManifest manifest = ReadManifest(path);
                if (manifest.ReachedNanoseconds > latest)
                {
                    continue;
                }
                foreach (CheckpointPart part in manifest.Parts)
                {
                    CheckpointFile.Read(Path.Combine(_directory, part.File));
                }
                found = manifest;
                break;
            }
            catch (CheckpointDamagedException damage)
            {
                complaints.Add(damage.Message);
            }
        }
        damaged = [.. complaints];
        return found;
    }

    /// <summary>Forgets the checkpoints behind an instant: from there on the run is another one.</summary>
    /// <param name="latest">The instant [ns].</param>
    /// <exception cref="IOException">They cannot be removed.</exception>
    public void ForgetBehind(long latest)
    {
        foreach (string path in Manifests())
        {
            try
            {
                if (ReadManifest(path).ReachedNanoseconds > latest)
                {
                    File.Delete(path);
                }
            }
            catch (CheckpointDamagedException)
            {
                // It is never used, so it does no harm.
            }
        }
    }

    /// <summary>All cells of a checkpoint's files, by their names.</summary>
    /// <exception cref="CheckpointDamagedException">A file is not what was written.</exception>
    public Dictionary<string, ReadOnlyMemory<byte>> ReadCells(IEnumerable<CheckpointPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Dictionary<string, ReadOnlyMemory<byte>> cells = new(StringComparer.Ordinal);
        foreach (CheckpointPart part in parts)
        {
            foreach (
                (string cell, ReadOnlyMemory<byte> state) in CheckpointFile.Read(
                    Path.Combine(_directory, part.File)
                )
            )
            {
                cells.Add(cell, state);
            }
        }
        return cells;
    }

    /// <summary>Newest first: names sort as epochs and rounds do.</summary>
    private IEnumerable<string> Manifests() =>
        Directory
            .EnumerateFiles(_directory, ManifestPattern)
            .OrderByDescending(path => Path.GetFileName(path), StringComparer.Ordinal);

    private static CheckpointManifest ReadManifest(string path)
    {
        try
        {
            CheckpointManifest? manifest = JsonSerializer.Deserialize<CheckpointManifest>(
                File.ReadAllBytes(path)
            );
            return
                manifest is { Version: CheckpointManifest.CurrentVersion, Parts.IsDefault: false }
                ? manifest
                : throw new CheckpointDamagedException($"{path}: written by another version");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new CheckpointDamagedException($"{path}: {e.Message}");
        }
    }

    private static string ClaimOf(long epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"formation-e{epoch:0000}");

    /// <summary>False: there is one of that name, and others may have made it at this very moment.</summary>
    private static bool TryCreate(string path)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew, FileAccess.Write).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    /// <summary>Formations before the oldest checkpoint that is kept: every node has heard of a later one.</summary>
    private void ForgetClaimsBefore(string manifest)
    {
        string epoch = Path.GetFileName(manifest).Split('-')[1];
        foreach (string path in Directory.EnumerateFiles(_directory, ClaimPattern))
        {
            if (string.CompareOrdinal(Path.GetFileName(path).Split('-')[1], epoch) < 0)
            {
                File.Delete(path);
            }
        }
    }

    private void ForgetAllBut(int kept)
    {
        string[] manifests = [.. Manifests()];
        HashSet<string> needed = [.. manifests.Take(kept).SelectMany(PartsOf)];
        foreach (string path in manifests.Skip(kept))
        {
            foreach (string part in PartsOf(path).Where(part => !needed.Contains(part)))
            {
                File.Delete(Path.Combine(_directory, part));
            }
            File.Delete(path);
        }
        ForgetClaimsBefore(manifests[Math.Min(kept, manifests.Length) - 1]);
    }

    private static IEnumerable<string> PartsOf(string manifest)
    {
        try
        {
            return ReadManifest(manifest).Parts.Select(part => part.File);
        }
        catch (CheckpointDamagedException)
        {
            // What a damaged manifest named is not known, so it stays.
            return [];
        }
    }
}
