using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Migration;
using PvTimer.Model.Reports;

namespace PvTimer.Model.Description;

/// <summary>Puts together what the movers on both sides of each migration know of it.</summary>
internal static class MigrationReporter
{
    /// <summary>In the order of their begin, those of one instant in the order of the movers.</summary>
    public static ImmutableArray<MigrationReport> Report(ImmutableArray<IEntity> entities) =>
        [
            .. entities
                .OfType<VmMover>()
                .SelectMany(from => from.Departures.Select(left => Join(entities, from, left)))
                .OrderBy(migration => migration.BegunAt),
        ];

    private static MigrationReport Join(
        ImmutableArray<IEntity> entities,
        VmMover from,
        VmMover.Departure left
    )
    {
        VmMover to = (VmMover)entities[left.To.Index];
        IEnumerable<VmMover.Arrival> arrivals = to.Arrivals.Where(arrival =>
            arrival.From == from.Id && arrival.BegunAt == left.BegunAt
        );
        VmMover.Arrival? arrived = arrivals
            .Select(arrival => (VmMover.Arrival?)arrival)
            .FirstOrDefault();
        return new MigrationReport(
            from.Vm,
            from.Host.Name,
            to.Host.Name,
            left.BegunAt,
            from.Rounds.Rounds,
            from.Rounds.Sent + from.Rounds.Left,
            arrived?.At - left.BegunAt,
            arrived is { } end ? end.At - end.StopAt : null
        );
    }
}
