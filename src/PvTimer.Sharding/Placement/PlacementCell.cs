using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Placement;

/// <summary>
/// What is placed as a whole, and moves as a whole: an entity of sharding. By policy a host, or one of its pCPUs
/// with all that lives on it. Several may be in one shard, see <see cref="PlacementBlocks"/>.
/// </summary>
/// <param name="Name">The entity's id, from the scenario: "h3", or "h3/p7" for one pCPU.</param>
/// <param name="Host">The host's index.</param>
/// <param name="HostName">"h3".</param>
/// <param name="Ordinal">The pCPU's index in its host; 0 for a whole host.</param>
/// <param name="IsTimerCpu">It is a host's dedicated CPU, and nothing else.</param>
/// <param name="Units">The machine's units in it, ascending.</param>
/// <param name="Entities">The machine's entities in it, ascending.</param>
internal sealed record PlacementCell(
    string Name,
    int Host,
    string HostName,
    int Ordinal,
    bool IsTimerCpu,
    ImmutableArray<int> Units,
    ImmutableArray<EntityId> Entities
)
{
    /// <summary>The cells of a machine, in the order of their units.</summary>
    /// <param name="machine">What is to be placed.</param>
    /// <param name="policy">What stays together.</param>
    /// <param name="timerCpu">The dedicated pCPU of each host; null if there is none.</param>
    public static ImmutableArray<PlacementCell> Of(
        IMachine machine,
        PlacementPolicy policy,
        int? timerCpu
    )
    {
        ArgumentNullException.ThrowIfNull(machine);
        IEnumerable<PlacementCell> cells = machine
            .Entities.GroupBy(entity => machine.HostOf(entity.Id))
            .OrderBy(host => host.Key)
            .SelectMany(host => OfHost(machine, host.Key, [.. host], policy, timerCpu));
        return [.. cells];
    }

    private static IEnumerable<PlacementCell> OfHost(
        IMachine machine,
        int host,
        ImmutableArray<IEntity> entities,
        PlacementPolicy policy,
        int? timerCpu
    )
    {
        string hostName = string.Create(CultureInfo.InvariantCulture, $"h{host}");
        int firstUnit = entities.Min(entity => machine.UnitOf(entity.Id));
        // The key of a cell is the pCPU that it is named after; -1 is the host without those.
        int KeyOf(IEntity entity)
        {
            int pcpu = machine.UnitOf(entity.Id) - firstUnit;
            return policy switch
            {
                PlacementPolicy.Spread => pcpu,
                PlacementPolicy.Dedicated when pcpu == timerCpu => pcpu,
                _ => -1,
            };
        }
        return entities
            .GroupBy(KeyOf)
            .OrderBy(cell => cell.Key)
            .Select(cell => new PlacementCell(
                cell.Key < 0
                    ? hostName
                    : string.Create(CultureInfo.InvariantCulture, $"{hostName}/p{cell.Key}"),
                host,
                hostName,
                Math.Max(0, cell.Key),
                cell.Key >= 0 && cell.Key == timerCpu,
                [.. cell.Select(entity => machine.UnitOf(entity.Id)).Distinct().Order()],
                [.. cell.Select(entity => entity.Id)]
            ));
    }
}
