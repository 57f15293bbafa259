using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>What a run is made from, as the coordinator reads it.</summary>
/// <remarks>
/// All of it throws <see cref="System.IO.IOException"/> if a file cannot be read, and
/// <see cref="ScenarioException"/> if it is no scenario.
/// </remarks>
internal interface IRunInputs
{
    MachineFacts Read(RunSpec run);

    /// <summary>See <see cref="InputHash"/>.</summary>
    string HashOf(string scenario);

    /// <summary>The text of a run's scenario with one more event.</summary>
    /// <param name="run">The run.</param>
    /// <param name="command">The event.</param>
    /// <param name="earliestNanoseconds">It happens then or later.</param>
    string WithEvent(RunSpec run, ClusterCommand command, long earliestNanoseconds);
}
