using System;

namespace PvTimer.Engine;

/// <summary>
/// A region cannot go on, because what it runs was taken away from it: its process ends, or its actors were
/// stopped from outside. That says nothing about the machine, so it is no <see cref="RunFailedException"/>:
/// the region closes no further round, and its peers are not told that the run broke.
/// </summary>
/// <param name="what">One line: what was taken away.</param>
public sealed class RunAbandonedException(string what) : Exception(what);
