using System;

namespace PvTimer.Experiments.Sweeps;

/// <summary>A sweep or a search that cannot be run as it was asked for; the message is one line.</summary>
public sealed class SweepException(string message) : Exception(message);
