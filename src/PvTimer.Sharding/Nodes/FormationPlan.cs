using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// What follows from <see cref="Form"/> for everybody alike: the machine, its cells, which region runs what.
/// </summary>
internal sealed class FormationPlan
{
    private FormationPlan(EmulatedMachine machine, ImmutableArray<PlacementCell> cells, Form form)
    {
        Machine = machine;
        Cells = cells;
        if (cells.Length != form.Homes.Length)
        {
            throw new InvalidOperationException(
                $"the coordinator placed {form.Homes.Length} cells, the machine has {cells.Length}"
            );
        }
        FirstRegions =
        [
            .. form.Seats.Select((_, seat) => form.Seats.Take(seat).Sum(s => s.Regions)),
        ];
        Partition = Partition.Of(machine, RegionOfUnits(form), form.Seats.Sum(s => s.Regions));
    }

    public EmulatedMachine Machine { get; }

    public ImmutableArray<PlacementCell> Cells { get; }

    public Partition Partition { get; }

    /// <summary>The number of each seat's first region.</summary>
    public ImmutableArray<int> FirstRegions { get; }

    /// <param name="form">What the coordinator said.</param>
    /// <param name="held">What its machine is made from and is not read from the disk; null: all is.</param>
    /// <exception cref="ScenarioException">The scenario cannot be read here.</exception>
    public static FormationPlan Of(Form form, HeldFiles? held)
    {
        (EmulatedMachine machine, ImmutableArray<PlacementCell> cells) = MachineOf(form.Run, held);
        return new FormationPlan(machine, cells, form);
    }

    /// <summary>The machine of a run and what there is to place.</summary>
    /// <param name="run">The run.</param>
    /// <param name="held">What is not read from the disk; null: all is.</param>
    /// <exception cref="ScenarioException">The scenario cannot be read here.</exception>
    public static (EmulatedMachine Machine, ImmutableArray<PlacementCell> Cells) MachineOf(
        RunSpec run,
        HeldFiles? held = null
    ) => MachineOf(ScenarioReader.Read(run.ScenarioFile, [], held), run.Backend);

    /// <summary>The machine of one of a scenario's back-ends and what there is to place.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="name">The back-end's name.</param>
    public static (EmulatedMachine Machine, ImmutableArray<PlacementCell> Cells) MachineOf(
        Scenario scenario,
        string name
    )
    {
        TimerBackend backend = ScenarioReader.BackendOf(scenario, name);
        EmulatedMachine machine = EmulatedMachine.Build(
            MachineDescriptionBuilder.Build(scenario, backend)
        );
        ImmutableArray<PlacementCell> cells = PlacementCell.Of(
            machine,
            scenario.Placement.Policy,
            scenario.Host.TimerCpu
        );
        return (machine, cells);
    }

    /// <summary>The name of the cell that a unit of the machine is in.</summary>
    public string CellOf(int unit) => Cells.First(cell => cell.Units.Contains(unit)).Name;

    /// <summary>Freezes those of the cells that live in a region; between two of its rounds only.</summary>
    /// <param name="region">The region.</param>
    /// <param name="number">Its number in the run.</param>
    /// <param name="cells">Those of its node.</param>
    public IEnumerable<KeyValuePair<string, byte[]>> Freeze(
        Region region,
        int number,
        ImmutableArray<PlacementCell> cells
    )
    {
        PlacementCell[] living =
        [
            .. cells.Where(cell => Partition.RegionOf(cell.Entities[0]) == number),
        ];
        byte[][] states = region.FreezeEach([.. living.Select(cell => cell.Entities)]);
        return living.Zip(states, (cell, state) => KeyValuePair.Create(cell.Name, state));
    }

    /// <summary>Within a node, its cells go to its regions in blocks.</summary>
    private ImmutableArray<int> RegionOfUnits(Form form)
    {
        int units = Cells.Sum(cell => cell.Units.Length);
        int[] regionOfUnit = new int[units];
        int[] cellsOfSeat = new int[form.Seats.Length];
        foreach (int seat in form.Homes)
        {
            cellsOfSeat[seat]++;
        }
        int[] dealt = new int[form.Seats.Length];
        for (int cell = 0; cell < Cells.Length; cell++)
        {
            int seat = form.Homes[cell];
            int local = (int)((long)dealt[seat]++ * form.Seats[seat].Regions / cellsOfSeat[seat]);
            foreach (int unit in Cells[cell].Units)
            {
                regionOfUnit[unit] = FirstRegions[seat] + local;
            }
        }
        return [.. regionOfUnit];
    }
}
