using System.Collections.Immutable;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>Scenario files and the recordings in them.</summary>
internal sealed class ScenarioInputs : IRunInputs
{
    private ScenarioInputs() { }

    public static ScenarioInputs Instance { get; } = new();

    public MachineFacts Read(RunSpec run)
    {
        Scenario scenario = ScenarioReader.Read(run.ScenarioFile, []);
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

    public string HashOf(string scenario) => InputHash.Of(scenario);

    public string WithEvent(RunSpec run, ClusterCommand command, long earliestNanoseconds) =>
        ScenarioWriter.Write(
            ScenarioAmendment.WithEvent(
                run.ScenarioFile,
                command.Subject,
                VirtualDuration.FromNanoseconds(earliestNanoseconds)
            )
        );
}
