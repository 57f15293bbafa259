using System;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>A machine that is run one event at a time, each seen before it happens.</summary>
public sealed class SteppedMachine
{
    private readonly Kernel _kernel;
    private readonly VirtualTime _end;

    /// <param name="machine">Runs once.</param>
    public SteppedMachine(IMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        _end = machine.End;
        _kernel = new Kernel(machine, Partition.IntoBlocks(machine, regions: 1), region: 0)
        {
            KeepsMessages = true,
        };
        _kernel.BeginWindow(_end);
    }

    /// <summary>The event that comes next; null: the run is over.</summary>
    public PendingEvent? Next => _kernel.NextTime < _end ? _kernel.Next : null;

    /// <summary>Events that have happened.</summary>
    public long Handled => _kernel.Handled;

    /// <summary>Lets <see cref="Next"/> happen.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="RunFailedException">An entity threw, or an invariant does not hold.</exception>
    public bool Step() => _kernel.RunOne();
}
