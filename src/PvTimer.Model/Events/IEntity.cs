using PvTimer.Model.Time;

namespace PvTimer.Model.Events;

/// <summary>
/// A part of the machine that acts on its own: a plain state machine. Time is handed in, effects go out
/// through <see cref="IEffects"/>; the same messages at the same times give the same effects, always.
/// </summary>
public interface IEntity
{
    /// <summary>The scenario's index of this entity.</summary>
    EntityId Id { get; }

    /// <summary>As users call it: "h0/pcpu-1", "web-0/vcpu-0", "h0/timer-kthread".</summary>
    string Name { get; }

    /// <summary>Handles one message. Only ever called with a time that is not before the last one.</summary>
    void Step(VirtualTime now, Message message, IEffects effects);
}
