using System;
using System.Collections.Immutable;
using PvTimer.Model.Events;

namespace PvTimer.Engine;

/// <summary>Which region runs which entity. It changes what a run costs, never its result.</summary>
public sealed class Partition
{
    private readonly ImmutableArray<int> _regionOfUnit;
    private readonly ImmutableArray<int> _regionOfEntity;

    private Partition(IMachine machine, ImmutableArray<int> regionOfUnit, int regions)
    {
        Regions = regions;
        _regionOfUnit = regionOfUnit;
        _regionOfEntity = ImmutableArray.CreateRange(
            machine.Entities,
            entity => regionOfUnit[machine.UnitOf(entity.Id)]
        );
    }

    /// <summary>At least 1.</summary>
    public int Regions { get; }

    public int Units => _regionOfUnit.Length;

    /// <summary>
    /// Contiguous blocks of about equally many entities. Hosts stay whole as long as there are at least as
    /// many hosts as regions; more regions than units are cut down to the units.
    /// </summary>
    /// <param name="machine">What to divide.</param>
    /// <param name="regions">How many regions are wanted, at least 1.</param>
    public static Partition IntoBlocks(IMachine machine, int regions)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentOutOfRangeException.ThrowIfLessThan(regions, 1);
        int[] hostOfUnit = HostOfUnit(machine);
        int hosts = hostOfUnit.Length == 0 ? 0 : hostOfUnit[^1] + 1;
        bool keepHostsWhole = regions <= hosts;
        int blocks = keepHostsWhole ? hosts : hostOfUnit.Length;
        int[] entitiesOfBlock = new int[blocks];
        foreach (IEntity entity in machine.Entities)
        {
            int unit = machine.UnitOf(entity.Id);
            entitiesOfBlock[keepHostsWhole ? hostOfUnit[unit] : unit]++;
        }
        int[] regionOfBlock = Divide(entitiesOfBlock, machine.Entities.Length, regions);
        int[] regionOfUnit = keepHostsWhole
            ? Array.ConvertAll(hostOfUnit, host => regionOfBlock[host])
            : regionOfBlock;
        return new Partition(machine, [.. regionOfUnit], Math.Max(1, Math.Min(regions, blocks)));
    }

    /// <summary>As somebody else decided, such as the placement of a cluster.</summary>
    /// <param name="machine">What is divided.</param>
    /// <param name="regionOfUnit">For each unit its region.</param>
    /// <param name="regions">All regions; some may be empty.</param>
    public static Partition Of(IMachine machine, ImmutableArray<int> regionOfUnit, int regions)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return new Partition(machine, regionOfUnit, regions);
    }

    public int RegionOf(EntityId entity) => _regionOfEntity[entity.Index];

    public int RegionOfUnit(int unit) => _regionOfUnit[unit];

    /// <summary>For each unit of a machine its host.</summary>
    internal static int[] HostOfUnit(IMachine machine)
    {
        int units = 0;
        foreach (IEntity entity in machine.Entities)
        {
            units = Math.Max(units, machine.UnitOf(entity.Id) + 1);
        }
        int[] hostOfUnit = new int[units];
        foreach (IEntity entity in machine.Entities)
        {
            hostOfUnit[machine.UnitOf(entity.Id)] = machine.HostOf(entity.Id);
        }
        return hostOfUnit;
    }

    /// <summary>
    /// Fills region after region until it has its share of what is left, and leaves at least one block for
    /// each region still to come.
    /// </summary>
    private static int[] Divide(int[] entitiesOfBlock, int entities, int regions)
    {
        int[] regionOfBlock = new int[entitiesOfBlock.Length];
        int region = 0;
        int inRegion = 0;
        int left = entities;
        for (int block = 0; block < entitiesOfBlock.Length; block++)
        {
            int regionsLeft = regions - region;
            bool hasItsShare = (long)inRegion * regionsLeft >= left;
            bool othersNeedTheRest = entitiesOfBlock.Length - block < regionsLeft;
            if (inRegion > 0 && regionsLeft > 1 && (hasItsShare || othersNeedTheRest))
            {
                region++;
                left -= inRegion;
                inRegion = 0;
            }
            regionOfBlock[block] = region;
            inRegion += entitiesOfBlock[block];
        }
        return regionOfBlock;
    }
}
