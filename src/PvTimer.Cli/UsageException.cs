using System;

namespace PvTimer.Cli;

/// <summary>A command line that cannot be followed; the message is one line that says what is accepted.</summary>
public sealed class UsageException(string message) : Exception(message);
