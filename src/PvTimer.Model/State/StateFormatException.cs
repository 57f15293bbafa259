using System;

namespace PvTimer.Model.State;

/// <summary>Bytes that are no state of this machine: truncated, damaged, or of another version.</summary>
/// <param name="what">What is wrong.</param>
/// <param name="position">Where it was noticed, in bytes from the beginning.</param>
public sealed class StateFormatException(string what, int position)
    : Exception($"frozen state, byte {position}: {what}")
{
    /// <summary>What is wrong, without the place.</summary>
    public string What { get; } = what;

    /// <summary>Where it was noticed, in bytes from the beginning.</summary>
    public int Position { get; } = position;
}
