using System;

namespace PvTimer.ActorTime;

/// <summary>
/// What a script expected has not come, or what it did cannot be done. The message says what was expected
/// and shows the events around that moment.
/// </summary>
public sealed class ScriptException : Exception
{
    public ScriptException(string message)
        : base(message) { }

    public ScriptException(string message, Exception cause)
        : base(message, cause) { }
}
