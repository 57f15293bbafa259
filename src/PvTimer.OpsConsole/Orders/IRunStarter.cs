namespace PvTimer.OpsConsole.Orders;

/// <summary>Whoever begins runs on the cluster, looks after them and writes down their results.</summary>
public interface IRunStarter
{
    /// <summary>The run directory of the cluster's run, as far as it is known here; null: it is not.</summary>
    string? Directory { get; }

    /// <summary>A run of a scenario begins.</summary>
    /// <param name="scenarioFile">The scenario.</param>
    /// <param name="sets">"seed=7" and the like.</param>
    /// <returns>One line: what begins, and where its results will be.</returns>
    /// <exception cref="Scenarios.ScenarioException">The scenario cannot be used.</exception>
    /// <exception cref="System.IO.IOException">It cannot be read, or the results have no place.</exception>
    string Start(string scenarioFile, string[] sets);

    /// <summary>A run that was interrupted goes on.</summary>
    /// <param name="place">Its run directory.</param>
    /// <returns>One line.</returns>
    /// <exception cref="System.IO.IOException">There is none, or it cannot be read.</exception>
    string ResumeFrom(string place);
}
