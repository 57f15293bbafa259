namespace PvTimer.Sharding.Control;

/// <summary>
/// Nodes without a cell of the run, where directories are not shared: a learner, as of a consensus, hears what was
/// decided and takes no part in it. Each of them may be the next coordinator, and the only one that is left.
/// </summary>
/// <remarks>
/// A node that has just come is one, until the formation that gives it cells; so is one that was told to take none,
/// and one for which the machine has no cell.
/// </remarks>
internal sealed class Learners(CoordinatorState state)
{
    /// <summary>Tells the formation to those that do not know it, now and then again.</summary>
    public void Attend(CurrentFormation formation)
    {
        if (!state.AreDirectoriesApart)
        {
            return;
        }
        foreach (KnownNode node in state.Nodes.All)
        {
            if (
                node.Report.Planned < formation.Epoch
                && IsLearner(node.Report.Seat.Address, formation)
                && formation.IsTimeToTell(node, state.Elapsed)
            )
            {
                state.Tell(node.Report.Seat, formation.Form);
            }
        }
    }

    /// <summary>Whether each of them knows the formation, but for those that have said that they cannot.</summary>
    public bool Know(CurrentFormation formation)
    {
        foreach (ClusterMember member in state.Cluster.Members)
        {
            if (IsLearner(member.Address, formation) && !Knows(member.Address, formation))
            {
                return false;
            }
        }
        return true;
    }

    private bool Knows(string address, CurrentFormation formation) =>
        state.Nodes.FindAt(address) is { } node
        && (node.Report.Planned >= formation.Epoch || formation.Failed.Contains(node.Name));

    private bool IsLearner(string address, CurrentFormation formation) =>
        state.Cluster.IsUp(address) && formation.Form.SeatAt(address) < 0;
}
