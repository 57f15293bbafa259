namespace PvTimer.Cli;

/// <summary>What the process says to the shell.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary>A check or a threshold failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line, the scenario or an input cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>The run broke.</summary>
    public const int RunBroke = 3;

    /// <summary>Somebody stopped it; what was finished is written.</summary>
    public const int Interrupted = 130;
}
