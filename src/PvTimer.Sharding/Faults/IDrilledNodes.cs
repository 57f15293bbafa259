using System;
using System.Threading.Tasks;

namespace PvTimer.Sharding.Faults;

/// <summary>Nodes that a drill may do something to, by their names.</summary>
/// <remarks>All of them throw <see cref="DrillException"/> if there is no such node or it cannot be done to it.</remarks>
public interface IDrilledNodes
{
    /// <summary>Ends a node at once; it has no time to tell anybody.</summary>
    Task Kill(string node);

    /// <summary>A node does nothing any more, and nobody is told.</summary>
    void Suspend(string node);

    /// <summary>A suspended node goes on.</summary>
    void Continue(string node);

    /// <summary>Asks a node to give its cells away, leave the cluster and end. Does not wait for that.</summary>
    void Leave(string node);

    /// <summary>Starts one more node; returns its name.</summary>
    string Join();
}

/// <summary>A fault could not happen; the message says why.</summary>
public sealed class DrillException(string message) : Exception(message);
