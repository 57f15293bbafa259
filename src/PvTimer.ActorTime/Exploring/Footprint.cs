using System.Collections.Generic;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Exploring;

/// <summary>What a step has done that others can notice: for whom it has put something up.</summary>
/// <remarks>
/// Two steps of different processes come to the same in either order unless they put something up for the same one, whose
/// mailbox then has it in another order; or one signals the other, as signals go before messages.
/// </remarks>
/// <param name="process">Whose step it is.</param>
internal sealed class Footprint(int process)
{
    private readonly HashSet<int> _touched = [];
    private readonly HashSet<int> _signalled = [];

    public int Process { get; } = process;

    public void Add(Process target, bool isSignal)
    {
        _touched.Add(target.Number);
        if (isSignal)
        {
            _signalled.Add(target.Number);
        }
    }

    /// <summary>Whether their order can be noticed.</summary>
    public bool Conflicts(Footprint other) =>
        _signalled.Contains(other.Process)
        || other._signalled.Contains(Process)
        || _touched.Overlaps(other._touched);
}
