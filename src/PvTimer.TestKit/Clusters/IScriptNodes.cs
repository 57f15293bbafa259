using System;
using System.Collections.Immutable;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Faults;

namespace PvTimer.TestKit.Clusters;

/// <summary>The nodes of a script's cluster, in whatever form they exist; they end with this object.</summary>
public interface IScriptNodes : IDrilledNodes, IAsyncDisposable
{
    /// <summary>Where all of them can read scenarios and write checkpoints; it goes with them.</summary>
    string Directory { get; }

    /// <summary>By which clock they live: patience and silence are measured on it, and what lasts a while.</summary>
    TimeProvider Time => TimeProvider.System;

    /// <summary>Starts nodes named node-1, node-2 and so on; once.</summary>
    /// <param name="roles">Of each node.</param>
    /// <returns>The way in, when one of them listens. They may not have met yet.</returns>
    Task<ClusterDoor> Start(ImmutableArray<ImmutableArray<string>> roles);
}
