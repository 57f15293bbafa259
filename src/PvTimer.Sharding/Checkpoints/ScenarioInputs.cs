using System;
using System.Collections.Immutable;
using System.IO;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>Scenario files and the recordings in them: those of the disk, or those that were sent.</summary>
/// <param name="held">What was sent to this process.</param>
internal sealed class ScenarioInputs(HeldInputs held) : IRunInputs
{
    /// <summary>
    /// What is not read from the disk; null: all is. It stays when commands change the scenario: that is a file in the
    /// run directory then, which names the same recordings.
    /// </summary>
    private HeldFiles? _files;

    public bool Has(string scenario, string sha256)
    {
        if (_files?.Find(scenario) is not null && HashOf(scenario) == sha256)
        {
            return true;
        }
        if (held.Has(scenario, sha256, out HeldFiles? files))
        {
            _files = files;
            return true;
        }
        return _files is not null && IsWithRecordings(scenario, sha256);
    }

    public void Take(string scenario, string sha256, byte[] bytes) =>
        _files = held.Take(scenario, sha256, bytes);

    public void Note(string scenario, ReadOnlyMemory<byte> content)
    {
        if (!File.Exists(scenario))
        {
            _files = (_files ?? HeldFiles.None).With(scenario, content);
        }
    }

    public byte[] BytesOf(string scenario, string sha256) => held.BytesOf(scenario, sha256, _files);

    public MachineFacts Read(RunSpec run)
    {
        Scenario scenario = ScenarioReader.Read(run.ScenarioFile, [], _files);
        (_, ImmutableArray<PlacementCell> cells) = FormationPlan.MachineOf(scenario, run.Backend);
        return new MachineFacts(
            cells,
            scenario.Placement,
            scenario.Name,
            scenario.Seed,
            scenario.Duration.Nanoseconds,
            HashOf(run.ScenarioFile)
        );
    }

    public string HashOf(string scenario) => InputHash.Of(scenario, _files);

    public ReadOnlyMemory<byte> ContentOf(string scenario) =>
        _files?.Find(scenario) ?? File.ReadAllBytes(scenario);

    public string WithEvent(RunSpec run, ClusterCommand command, long earliestNanoseconds) =>
        ScenarioWriter.Write(
            ScenarioAmendment.WithEvent(
                run.ScenarioFile,
                command.Subject,
                VirtualDuration.FromNanoseconds(earliestNanoseconds),
                _files
            )
        );

    /// <summary>A scenario on the disk with recordings that were sent.</summary>
    private bool IsWithRecordings(string scenario, string sha256)
    {
        try
        {
            return HashOf(scenario) == sha256;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ScenarioException)
        {
            return false;
        }
    }
}
