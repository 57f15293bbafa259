using System.Collections.Immutable;

namespace PvTimer.Sharding.Control;

/// <summary>The cluster's members as the coordinator's own node sees them.</summary>
/// <param name="Members">Oldest first.</param>
/// <param name="Leader">The address of Akka's leader; null: there is none.</param>
/// <param name="IsSelfDown">The node itself was declared dead, or has left.</param>
internal sealed record ClusterView(
    ImmutableArray<ClusterMember> Members,
    string? Leader,
    bool IsSelfDown
)
{
    /// <summary>The node's own address; null: it is not known.</summary>
    public string? Self { get; init; }

    public static ClusterView Empty { get; } = new([], null, IsSelfDown: false);

    public ClusterMember? Find(string address)
    {
        foreach (ClusterMember member in Members)
        {
            if (member.Address == address)
            {
                return member;
            }
        }
        return null;
    }

    /// <summary>It is a member, and has not been declared dead.</summary>
    public bool IsAlive(string address)
    {
        foreach (ClusterMember member in Members)
        {
            if (member.Address == address && !member.IsGone)
            {
                return true;
            }
        }
        return false;
    }

    public bool IsUp(string address)
    {
        foreach (ClusterMember member in Members)
        {
            if (member.Address == address && member.IsUp)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>A member that takes part is not heard: who lives is not decided yet.</summary>
    public bool IsUndecided
    {
        get
        {
            foreach (ClusterMember member in Members)
            {
                if (member is { IsUp: true, IsReachable: false })
                {
                    return true;
                }
            }
            return false;
        }
    }
}

/// <summary>One member.</summary>
/// <param name="Address">Its Akka address.</param>
/// <param name="Status">Joining, Up, Leaving, Exiting, Down or Removed, as Akka calls them.</param>
/// <param name="IsReachable">The failure detector hears from it.</param>
internal sealed record ClusterMember(string Address, string Status, bool IsReachable)
{
    public bool IsUp => Status == "Up";

    public bool IsGone => Status is "Down" or "Removed";
}
