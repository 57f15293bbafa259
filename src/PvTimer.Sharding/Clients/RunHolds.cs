using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Clients;

/// <summary>An instant of a run at which virtual time stands still until its client has done something.</summary>
/// <param name="At">Everything before it has happened then, and nothing at or after it.</param>
/// <param name="Do">What is done; virtual time goes on when its task has ended.</param>
public sealed record RunHold(VirtualTime At, Func<RunStatus, Task> Do);

/// <summary>The instants at which one run stands still; each is visited once, whatever becomes of nodes.</summary>
/// <param name="holds">Sorted by time here.</param>
public sealed class RunHolds(IEnumerable<RunHold> holds)
{
    /// <summary>Whoever never wanted the run to stand still leaves it to others where it does.</summary>
    private bool _isAttending;

    private readonly Queue<RunHold> _waiting = new(holds.OrderBy(hold => hold.At));

    /// <summary>Where the run stands still next [ns]; null: nowhere any more.</summary>
    internal long? NextNanoseconds =>
        _waiting.TryPeek(out RunHold? next) ? next.At.Nanoseconds : null;

    /// <summary>
    /// Does what is due, and has the cluster know of the next instant. A young coordinator may have forgotten
    /// that it was told already, so it is told whenever it seems to believe something else.
    /// </summary>
    /// <exception cref="ClusterUnreachableException">The cluster was not told; the next status will show it.</exception>
    internal async Task Attend(ClusterDoor door, RunStatus status)
    {
        if (status.IsOver || status.Phase == RunPhase.Unknown)
        {
            return;
        }
        _isAttending |= _waiting.Count > 0;
        while (
            status.Phase == RunPhase.Held
            && status.HoldAtNanoseconds is not null
            && NextNanoseconds <= status.ReachedNanoseconds
        )
        {
            await _waiting.Dequeue().Do(status).ConfigureAwait(false);
        }
        if (_isAttending && status.HoldAtNanoseconds != NextNanoseconds)
        {
            string? at = NextNanoseconds is { } next
                ? Units.Write(VirtualDuration.FromNanoseconds(next))
                : null;
            await door.Ask<CommandAnswer>(new ClusterCommand(ClusterVerb.Hold, status.Id, at))
                .ConfigureAwait(false);
        }
    }
}
