using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

/// <summary>The machine as actors in this process: the same result as <see cref="SequentialEngine"/>.</summary>
public static class ActorEngine
{
    /// <param name="machine">Runs once: its entities keep the state that the run leaves behind.</param>
    /// <param name="options">Each region gets a thread of its own.</param>
    /// <exception cref="RunFailedException">An entity's actor failed, or an invariant does not hold.</exception>
    public static RunOutcome Run(IMachine machine, RunOptions options) =>
        Run(machine, options, new ActorOptions());

    /// <inheritdoc cref="Run(IMachine, RunOptions)"/>
    public static RunOutcome Run(IMachine machine, RunOptions options, ActorOptions actorOptions)
    {
        using var run = new ActorRun(machine, options, actorOptions);
        return run.Execute();
    }
}
