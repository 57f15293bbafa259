using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Scenarios;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// Which checkpoint a run goes on from. It is chosen as a whole: its manifest says what was written, its parts have the
/// lengths and hashes that it says and hold every cell of the machine once, its scenario is the one that was run, and
/// it is of the run that goes on.
/// </summary>
/// <param name="directory">Where the checkpoints are.</param>
/// <param name="files">The disk.</param>
/// <param name="inputs">What runs are made from.</param>
/// <param name="known">Manifests that were read before.</param>
internal sealed class CheckpointChoice(
    string directory,
    IRunFiles files,
    IRunInputs inputs,
    KnownManifests known
)
{
    /// <summary>The last one that does not lie behind an instant of virtual time; null: none.</summary>
    /// <param name="run">The run that goes on.</param>
    /// <param name="cells">The names of its machine's cells.</param>
    /// <param name="latest">The instant [ns].</param>
    /// <param name="ofScenario">The name of the only scenario whose checkpoints count; null: any of the run's.</param>
    /// <param name="damaged">A line for each newer one that cannot be used.</param>
    public CheckpointManifest? FindLast(
        RunSpec run,
        HashSet<string> cells,
        long latest,
        string? ofScenario,
        out ImmutableArray<string> damaged
    )
    {
        List<string> complaints = [];
        CheckpointManifest? found = null;
        foreach (StoredManifest stored in StoredManifest.In(files, directory))
        {
            try
            {
                CheckpointManifest manifest = ManifestFile.Read(files, stored.Path, known);
                bool isOther = ofScenario is not null && manifest.Run.ScenarioName != ofScenario;
                if (isOther || manifest.ReachedNanoseconds > latest)
                {
                    continue;
                }
                CheckOrigin(stored.Path, manifest, run);
                CheckCells(stored.Path, manifest, cells);
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

    /// <summary>Why a checkpoint that was made cannot be used, on one line; null: it can.</summary>
    /// <param name="manifest">What was made.</param>
    /// <param name="cells">The names of its machine's cells.</param>
    public string? FlawOf(CheckpointManifest manifest, HashSet<string> cells)
    {
        string path = Path.Combine(
            directory,
            CheckpointName.OfManifest(manifest.Epoch, manifest.Round)
        );
        try
        {
            CheckpointManifest stored = ManifestFile.Read(files, path, known);
            CheckOrigin(path, stored, manifest.Run);
            CheckCells(path, stored, cells);
            return null;
        }
        catch (CheckpointDamagedException damage)
        {
            return damage.Message;
        }
    }

    /// <summary>It is of this run, and its scenario is the one that was run.</summary>
    private void CheckOrigin(string path, CheckpointManifest manifest, RunSpec run)
    {
        if (!manifest.Run.IsSameRun(run))
        {
            throw new CheckpointDamagedException(
                $"{path}: it is of {CheckpointName.Shown(manifest.Run.FirstId)} on {CheckpointName.Shown(manifest.Run.Backend)}, not of {run.FirstId} on {run.Backend}"
            );
        }
        string file = "the scenario";
        try
        {
            file = ScenarioOf(manifest, run);
            if (inputs.HashOf(file) != manifest.InputSha256)
            {
                throw new CheckpointDamagedException(
                    $"{path}: {file} or a recording in it is not what was run"
                );
            }
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ScenarioException)
        {
            throw new CheckpointDamagedException($"{path}: {file}: {e.Message}");
        }
    }

    /// <summary>That of the run, or one that commands have made of it, which is beside the manifest.</summary>
    private string ScenarioOf(CheckpointManifest manifest, RunSpec run)
    {
        string name = manifest.Run.ScenarioName;
        if (name == run.ScenarioName)
        {
            return run.ScenarioFile;
        }
        if (NameRule.Node.FlawOf(name) is { } flaw)
        {
            throw new CheckpointDamagedException(
                $"{directory}: the scenario {flaw}; accepted: {NameRule.Node.Forms}"
            );
        }
        string beside = Path.Combine(directory, name);
        if (files.Exists(beside))
        {
            inputs.Note(beside, files.Read(beside));
        }
        return beside;
    }

    /// <summary>Its parts are what was written, and hold every cell of the machine once.</summary>
    private void CheckCells(string path, CheckpointManifest manifest, HashSet<string> whole)
    {
        HashSet<string> held = new(StringComparer.Ordinal);
        foreach (CheckpointPart part in manifest.Parts)
        {
            foreach (string cell in CheckpointFile.Read(files, directory, part).Keys)
            {
                if (!whole.Contains(cell))
                {
                    throw new CheckpointDamagedException(
                        $"{path}: {part.File} has a cell that the machine has not: {CheckpointName.Shown(cell)}"
                    );
                }
                if (!held.Add(cell))
                {
                    throw new CheckpointDamagedException(
                        $"{path}: {part.File} has the cell {cell} once more"
                    );
                }
            }
        }
        if (whole.FirstOrDefault(cell => !held.Contains(cell)) is { } missing)
        {
            throw new CheckpointDamagedException($"{path}: no part has the cell {missing}");
        }
    }
}
