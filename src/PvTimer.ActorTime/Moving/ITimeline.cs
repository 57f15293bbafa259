namespace PvTimer.ActorTime.Moving;

/// <summary>Virtual time as what moves it sees it: events happen one by one. Instants are nanoseconds since its begin.</summary>
internal interface ITimeline
{
    /// <summary>The first instant in which nothing has happened yet.</summary>
    long Now { get; }

    /// <summary>Events that have happened.</summary>
    long Handled { get; }

    /// <summary>How far one movement may go.</summary>
    ClockLimits Limits { get; }

    /// <summary>Which thread has it.</summary>
    Turn Turn { get; }

    /// <summary>Events happen, all those before an instant if they are not too many.</summary>
    /// <returns>Whether it were all.</returns>
    bool RunBefore(long instant, long events);

    /// <summary>The next event happens, if it lies before an instant; <see cref="long.MaxValue"/>: however far away.</summary>
    /// <returns>Whether one did.</returns>
    bool RunOne(long before);

    /// <summary>What a script says when it fails: a sentence, and what happened around the moment.</summary>
    ScriptException Failure(string what);

    /// <summary>What it says when its clock does not come to an end: a sentence, and whose the latest events were.</summary>
    ScriptException Spins(string what);
}
