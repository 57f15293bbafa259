using System;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Recording;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;

namespace PvTimer.Experiments.Export;

/// <summary>Writes one run in one form while it goes on. As it stands here it watches nothing.</summary>
internal abstract class RunExport : IMachineObserver, IDisposable
{
    /// <summary>The instant of the step under way.</summary>
    protected VirtualTime Now { get; private set; }

    /// <summary>Whose step it is.</summary>
    protected EntityId Entity { get; private set; }

    /// <summary>It needs to see each step.</summary>
    public virtual bool Watches => true;

    /// <summary>
    /// Known when the run has ended: what the machine did that a file of this kind cannot hold; null: nothing.
    /// </summary>
    public virtual string? LeftOut => null;

    /// <summary>The run has ended, and was the one that was recorded.</summary>
    public virtual void Finish(VirtualTime reached, MachineReport report) { }

    /// <summary>What is left is written.</summary>
    public abstract void Dispose();

    public void StepBegins(VirtualTime now, EntityId entity, Message message)
    {
        Now = now;
        Entity = entity;
        Begins(message);
    }

    /// <inheritdoc cref="IMachineObserver.StepBegins"/>
    protected virtual void Begins(Message message) { }

    /// <inheritdoc/>
    public virtual void Sent(EntityId target, VirtualDuration latency, Message message) { }

    /// <inheritdoc/>
    public virtual void StepEnds(PcpuStance? pcpu) { }

    /// <inheritdoc/>
    public virtual void Programmed(
        EntityId vcpu,
        long number,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime effective
    ) { }

    /// <inheritdoc/>
    public virtual void Accepted(EntityId vcpu, TscTicks deadline) { }

    /// <inheritdoc/>
    public virtual void Fired(
        EntityId vcpu,
        TscTicks deadline,
        VirtualTime due,
        VirtualTime entry,
        bool counts
    ) { }

    /// <inheritdoc/>
    public virtual void HrtimerChanged(EntityId pcpu, HrtimerChange change, Hrtimer timer) { }
}
