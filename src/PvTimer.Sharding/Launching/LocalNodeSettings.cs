namespace PvTimer.Sharding.Launching;

/// <summary>What nodes of this machine that are launched together have in common.</summary>
public sealed record LocalNodeSettings
{
    /// <summary>Regions of each, at least 1.</summary>
    public int Regions { get; init; } = 1;

    /// <summary>Whether clients may cut them off from each other; see <see cref="Nodes.NodeOptions.Drills"/>.</summary>
    public bool Drills { get; init; }

    /// <summary>Whether windows go from one to the other through memory; see <see cref="Nodes.NodeOptions.SharedMemory"/>.</summary>
    public bool SharedMemory { get; init; } = true;

    /// <summary>
    /// Whether each keeps what it writes of runs where the others do not see it, in <c>nodes/NAME</c> of the run directory:
    /// as nodes of several machines do. See <see cref="Nodes.NodeOptions.Directory"/>.
    /// </summary>
    public bool OwnDirectories { get; init; }
}
