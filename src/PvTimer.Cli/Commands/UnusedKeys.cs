namespace PvTimer.Cli.Commands;

/// <summary>Says which keys of a scenario a command does not look at.</summary>
internal static class UnusedKeys
{
    /// <param name="session">Its standard error is told.</param>
    /// <param name="command">"compare".</param>
    /// <param name="file">The scenario, as it was given.</param>
    /// <param name="unused">See <see cref="Experiments.UnusedSettings"/>; null: nothing is said.</param>
    public static void Note(Session session, string command, string file, string? unused)
    {
        if (unused is not null)
        {
            session.Error.WriteLine(
                $"pvtimer: note: {file}: {unused}: pvtimer {command} does not evaluate them (thresholds: pvtimer run and sweep do)"
            );
        }
    }
}
