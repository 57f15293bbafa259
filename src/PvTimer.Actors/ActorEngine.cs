using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

/// <summary>The machine as actors in this process: the same result as <see cref="SequentialEngine"/>.</summary>
public static class ActorEngine
{
    /// <param name="machine">Runs once: its entities keep the state that the run leaves behind.</param>
    /// <param name="options">Each region gets a thread of its own.</param>
    /// <param name="from">What to go on from; null: the run begins at time zero.</param>
    /// <exception cref="RunFailedException">An entity's actor failed, or an invariant does not hold.</exception>
    public static RunOutcome Run(IMachine machine, RunOptions options, Resumption? from = null) =>
        Run(machine, options, new ActorOptions(), from);

    /// <inheritdoc cref="Run(IMachine, RunOptions, Resumption)"/>
    public static RunOutcome Run(
        IMachine machine,
        RunOptions options,
        ActorOptions actorOptions,
        Resumption? from = null
    )
    {
        using var run = new ActorRun(machine, options, actorOptions, from);
        return run.Execute();
    }
}
