using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Time;

namespace PvTimer.Model.Recording;

/// <summary>What became of an hrtimer.</summary>
public enum HrtimerChange
{
    Started,
    Cancelled,

    /// <summary>It is due, and its callback runs.</summary>
    Expired,
}

/// <summary>
/// Watches every step of a recorded run: see <see cref="ObservedMachine"/>. What happens within a step happens at its
/// instant. It changes nothing: the trace hash is that of a run that is not watched.
/// </summary>
public interface IMachineObserver
{
    /// <summary>An entity takes a step.</summary>
    /// <param name="now">When.</param>
    /// <param name="entity">Who.</param>
    /// <param name="message">What for.</param>
    void StepBegins(VirtualTime now, EntityId entity, Message message);

    /// <summary>The entity whose step it is sends a message, to itself if it is its own timer.</summary>
    /// <param name="target">Who gets it.</param>
    /// <param name="latency">How long from now.</param>
    /// <param name="message">What.</param>
    void Sent(EntityId target, VirtualDuration latency, Message message);

    /// <summary>The step is over.</summary>
    /// <param name="pcpu">Where the pCPU stands whose step it was; null: it was another entity's.</param>
    void StepEnds(PcpuStance? pcpu);

    /// <summary>A guest programmed a deadline.</summary>
    /// <param name="vcpu">Whose.</param>
    /// <param name="number">Counted from 1 over all that the vCPU has programmed.</param>
    /// <param name="deadline">Guest TSC.</param>
    /// <param name="due">The same instant in virtual time.</param>
    /// <param name="effective">From when on the host can know.</param>
    void Programmed(
        EntityId vcpu,
        long number,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime effective
    );

    /// <summary>The guest's LAPIC took over the interrupt of a deadline.</summary>
    void Accepted(EntityId vcpu, TscTicks deadline);

    /// <summary>The guest enters the interrupt of a deadline: the timer has fired.</summary>
    /// <param name="vcpu">Whose.</param>
    /// <param name="deadline">Which.</param>
    /// <param name="due">When it was due.</param>
    /// <param name="entry">When the guest entered it.</param>
    /// <param name="counts">Its lateness is among those of the run: the guest does not drop it.</param>
    void Fired(EntityId vcpu, TscTicks deadline, VirtualTime due, VirtualTime entry, bool counts);

    /// <summary>An hrtimer of a pCPU changes.</summary>
    void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer);
}
