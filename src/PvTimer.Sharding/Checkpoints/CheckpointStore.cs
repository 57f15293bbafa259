using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Scenarios;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// The checkpoints of one back-end's run in a directory: one that all nodes share, or a node's own. Files appear under
/// their names only when they are whole; a checkpoint exists when its manifest does.
/// </summary>
/// <remarks>
/// <code>
///   e3-r1200-node-1.ckpt   e3-r1200-node-2.ckpt   manifest-e0003-r0000001200.json   formation-e0003
///   scenario.conf          scenario-3-0.conf      what manifests name as their scenario
/// </code>
/// The last two checkpoints are kept: if the last one turns out to be damaged, there is another. A checkpoint is
/// chosen as a whole: its manifest says what was written, its parts have the lengths and hashes that it says and
/// hold every cell of the machine once, its scenario is the one that was run, and it is of the run that goes on.
/// Only what is in the directory counts, not where the directory is: it may have been moved.
/// </remarks>
public sealed class CheckpointStore
{
    private const int Kept = 2;

    /// <summary>Processes that share no directory claim numbers that end with theirs.</summary>
    internal const long Lanes = 1_000_000;

    private readonly string _directory;
    private readonly IRunFiles _files;
    private readonly IRunInputs _inputs;
    private readonly KnownManifests _known;

    /// <exception cref="IOException">The directory cannot be made.</exception>
    public CheckpointStore(string directory)
        : this(
            directory,
            LocalFiles.Instance,
            new ScenarioInputs(new HeldInputs()),
            new KnownManifests()
        ) { }

    /// <param name="directory">Where the checkpoints are.</param>
    /// <param name="files">The disk.</param>
    /// <param name="inputs">What runs are made from.</param>
    /// <param name="known">Manifests that were read before.</param>
    /// <exception cref="IOException">The directory cannot be made.</exception>
    internal CheckpointStore(
        string directory,
        IRunFiles files,
        IRunInputs inputs,
        KnownManifests known
    )
    {
        (_directory, _files, _inputs, _known) = (directory, files, inputs, known);
        files.MakeDirectory(directory);
    }

    /// <summary>
    /// The number of a new formation: the next one that no coordinator has taken. One that was declared dead may
    /// have begun a formation that no node of its successor has heard of yet; what belongs to that one must not
    /// be taken for the successor's.
    /// </summary>
    /// <param name="last">The greatest number that is known to be taken.</param>
    /// <param name="lane">
    /// Null: all who claim one see this directory. Otherwise those that do not have other lanes: a number ends with it.
    /// </param>
    /// <exception cref="IOException">It cannot be written down.</exception>
    public long ClaimEpoch(long last, long? lane = null)
    {
        // What a damaged manifest, or one of another run, has taken is taken as well, and what was claimed stays so
        // when the manifests that came of it are gone: numbers are only forgotten below one that stays.
        long epoch = last;
        foreach (string file in _files.List(_directory))
        {
            ReadOnlySpan<char> name = Path.GetFileName(file.AsSpan());
            long? taken =
                CheckpointName.OfManifestFile(name)?.Epoch ?? CheckpointName.OfClaimFile(name);
            epoch = Math.Max(epoch, taken ?? epoch);
        }
        string path;
        do
        {
            epoch = lane is { } own
                ? epoch - (epoch % Lanes) + own + (epoch % Lanes < own ? 0 : Lanes)
                : epoch + 1;
            path = Path.Combine(_directory, CheckpointName.OfClaim(epoch));
        } while (!_files.TryCreate(path));
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
        string name = CheckpointName.OfPart(epoch, round, node);
        (long bytes, string sha256) = CheckpointFile.Write(
            _files,
            Path.Combine(_directory, name),
            cells
        );
        return new CheckpointPart(name, node, bytes, sha256);
    }

    /// <summary>Those of the parts that are not here; one that is here, and is not what was written, is.</summary>
    /// <exception cref="CheckpointDamagedException">One has a name that no part has.</exception>
    public ImmutableArray<CheckpointPart> LackingOf(ImmutableArray<CheckpointPart> parts) =>
        [.. parts.Where(part => !_files.Exists(PathOf(part)))];

    /// <summary>The bytes of a part that is here.</summary>
    /// <exception cref="CheckpointDamagedException">It is not, or is not what was written.</exception>
    public byte[] BytesOf(CheckpointPart part) =>
        CheckpointFile.ReadBytes(_files, _directory, part);

    /// <summary>Keeps a part that was sent.</summary>
    /// <exception cref="CheckpointDamagedException">These are not its bytes.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Take(CheckpointPart part, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(part);
        string path = PathOf(part);
        if (FileHash.Of(content) != part.Sha256)
        {
            throw new CheckpointDamagedException(
                $"{path}: what was sent has not the SHA-256 that its manifest says"
            );
        }
        _files.WriteWhole(path, CheckpointName.OfPartial(path), content);
    }

    /// <summary>The checkpoint is here already, and not another one of its name.</summary>
    public bool Has(CheckpointManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        string path = Path.Combine(
            _directory,
            CheckpointName.OfManifest(manifest.Epoch, manifest.Round)
        );
        try
        {
            return _files.Exists(path)
                && ManifestFile.Read(_files, path, _known).Parts.SequenceEqual(manifest.Parts);
        }
        catch (CheckpointDamagedException)
        {
            return false;
        }
    }

    private string PathOf(CheckpointPart part) =>
        CheckpointFile.FlawOf(part) is { } flaw
            ? throw new CheckpointDamagedException($"{_directory}: {flaw}")
            : Path.Combine(_directory, part.File);

    /// <summary>
    /// Makes the parts one checkpoint, and forgets all but the last two of the run, and parts of earlier
    /// formations that no manifest names.
    /// </summary>
    /// <exception cref="CheckpointDamagedException">It says what can be true of no checkpoint.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Commit(CheckpointManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (ManifestFile.FlawOf(manifest) is { } flaw)
        {
            throw new CheckpointDamagedException($"{_directory}: {flaw}");
        }
        string name = CheckpointName.OfManifest(manifest.Epoch, manifest.Round);
        ManifestFile.Write(_files, Path.Combine(_directory, name), manifest, _known);
        CheckpointRemoval.AllBut(Kept, _files, _directory, manifest, Manifests(), _known);
    }

    /// <summary>Why a checkpoint that was made cannot be used, on one line; null: it can.</summary>
    /// <param name="manifest">What was made.</param>
    /// <param name="cells">The names of its machine's cells.</param>
    internal string? FlawOf(CheckpointManifest manifest, IEnumerable<string> cells) =>
        Choice.FlawOf(manifest, [.. cells]);

    /// <summary>The last checkpoint that is whole; null if there is none.</summary>
    /// <param name="run">The run that goes on.</param>
    /// <param name="cells">The names of its machine's cells.</param>
    /// <param name="damaged">A line for each newer one that cannot be used.</param>
    public CheckpointManifest? FindLast(
        RunSpec run,
        IEnumerable<string> cells,
        out ImmutableArray<string> damaged
    ) => FindLast(run, cells, long.MaxValue, ofScenario: null, out damaged);

    /// <summary>The last of those that do not lie behind an instant of virtual time.</summary>
    /// <param name="run">The run that goes on.</param>
    /// <param name="cells">The names of its machine's cells.</param>
    /// <param name="latest">The instant [ns].</param>
    /// <param name="ofScenario">The name of the only scenario whose checkpoints count; null: any of the run's.</param>
    /// <param name="damaged">A line for each newer one that cannot be used.</param>
    public CheckpointManifest? FindLast(
        RunSpec run,
        IEnumerable<string> cells,
        long latest,
        string? ofScenario,
        out ImmutableArray<string> damaged
    )
    {
        ArgumentNullException.ThrowIfNull(run);
        return Choice.FindLast(run, [.. cells], latest, ofScenario, out damaged);
    }

    /// <summary>Forgets the run's checkpoints behind an instant: from there on it is another one.</summary>
    /// <param name="run">The run.</param>
    /// <param name="latest">The instant [ns].</param>
    /// <exception cref="IOException">They cannot be removed.</exception>
    public void ForgetBehind(RunSpec run, long latest)
    {
        ArgumentNullException.ThrowIfNull(run);
        foreach (StoredManifest stored in Manifests())
        {
            if (
                stored.ReadIfWhole(_files, _known) is { } manifest
                && manifest.ReachedNanoseconds > latest
                && manifest.Run.IsSameRun(run)
            )
            {
                _files.Delete(stored.Path);
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
            Add(part, CheckpointFile.Read(_files, _directory, part), cells);
        }
        return cells;
    }

    /// <summary>The same, of those files that are here and what was written.</summary>
    /// <param name="parts">The files.</param>
    /// <param name="lacking">The others: another node may have them.</param>
    /// <exception cref="CheckpointDamagedException">These are not the parts of one checkpoint.</exception>
    public Dictionary<string, ReadOnlyMemory<byte>> ReadCells(
        ImmutableArray<CheckpointPart> parts,
        out ImmutableArray<CheckpointPart> lacking
    )
    {
        Dictionary<string, ReadOnlyMemory<byte>> cells = new(StringComparer.Ordinal);
        ImmutableArray<CheckpointPart>.Builder others =
            ImmutableArray.CreateBuilder<CheckpointPart>();
        foreach (CheckpointPart part in parts)
        {
            if (_files.Exists(PathOf(part)) && ReadIfWhole(part) is { } states)
            {
                Add(part, states, cells);
            }
            else
            {
                others.Add(part);
            }
        }
        lacking = others.ToImmutable();
        return cells;
    }

    private Dictionary<string, ReadOnlyMemory<byte>>? ReadIfWhole(CheckpointPart part)
    {
        try
        {
            return CheckpointFile.Read(_files, _directory, part);
        }
        catch (CheckpointDamagedException)
        {
            return null;
        }
    }

    private void Add(
        CheckpointPart part,
        Dictionary<string, ReadOnlyMemory<byte>> states,
        Dictionary<string, ReadOnlyMemory<byte>> cells
    )
    {
        foreach ((string cell, ReadOnlyMemory<byte> state) in states)
        {
            if (!cells.TryAdd(cell, state))
            {
                throw new CheckpointDamagedException(
                    $"{_directory}: {part.File} has the cell {cell} once more"
                );
            }
        }
    }

    /// <summary>Keeps a scenario that commands have made beside the checkpoints that name it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void KeepScenario(string name, ReadOnlySpan<byte> content)
    {
        string path = Path.Combine(_directory, name);
        if (NameRule.Node.FlawOf(name) is null && !_files.Exists(path))
        {
            _files.WriteWhole(path, CheckpointName.OfPartial(path), content);
        }
    }

    private CheckpointChoice Choice => new(_directory, _files, _inputs, _known);

    /// <summary>Newest first. A file of another name is not a manifest.</summary>
    private ImmutableArray<StoredManifest> Manifests() => StoredManifest.In(_files, _directory);
}
