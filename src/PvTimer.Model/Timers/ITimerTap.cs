using PvTimer.Model.Time;

namespace PvTimer.Model.Timers;

/// <summary>Is told what becomes of the deadlines of one vCPU.</summary>
internal interface ITimerTap
{
    /// <param name="number">Counted from 1 over all that the vCPU has programmed.</param>
    /// <param name="deadline">The deadline (guest TSC).</param>
    /// <param name="due">The same instant in virtual time.</param>
    /// <param name="effective">From when on the host can know.</param>
    void Programmed(long number, TscTicks deadline, VirtualTime due, VirtualTime effective);

    /// <summary>The LAPIC took over its interrupt.</summary>
    void Accepted(TscTicks deadline);

    /// <summary>The guest enters its interrupt.</summary>
    /// <param name="deadline">Which.</param>
    /// <param name="due">When it was due.</param>
    /// <param name="entry">When the guest entered it.</param>
    /// <param name="counts">Its lateness is among those of the run: the guest does not drop it.</param>
    void Fired(TscTicks deadline, VirtualTime due, VirtualTime entry, bool counts);
}
