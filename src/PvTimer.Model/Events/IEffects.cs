using PvTimer.Model.Time;

namespace PvTimer.Model.Events;

/// <summary>The one door through which an entity acts on the world during <see cref="IEntity.Step"/>.</summary>
public interface IEffects
{
    /// <summary>Sends a message to another entity; it arrives <paramref name="latency"/> from now.</summary>
    /// <param name="target">Another entity, never the sender itself.</param>
    /// <param name="latency">At least 1 ns, and at least the link's declared minimum.</param>
    /// <param name="message">What arrives.</param>
    void Send(EntityId target, VirtualDuration latency, Message message);

    /// <summary>Sends a message to oneself; <paramref name="delay"/> may be zero.</summary>
    void After(VirtualDuration delay, Message message);

    /// <summary>
    /// As <see cref="Send"/>, of a message from which its target, <see cref="ITakesLateMessages"/>, learns something
    /// that matters only with what comes to it next: it may be handled as late as just before that. No part of the
    /// trace.
    /// </summary>
    /// <inheritdoc cref="Send"/>
    void SendLazily(EntityId target, VirtualDuration latency, Message message);

    /// <summary>
    /// As <see cref="After"/>, of a step of one's own that is no part of the trace. Before the bound it may be taken
    /// later than when it is due, or within the step before it (<see cref="TryAdvance"/>).
    /// </summary>
    /// <param name="delay">May be zero.</param>
    /// <param name="message">What arrives.</param>
    /// <param name="bound">
    /// Until then the sender, unless something else comes to it, sends nothing but lazily. Not after now: the step is
    /// taken when it is due.
    /// </param>
    void AfterLazily(VirtualDuration delay, Message message, VirtualTime bound);

    /// <summary>
    /// Instead of <see cref="AfterLazily"/>: true if nothing comes between and it is late, so that the step can be taken
    /// at once. Then it is so much later.
    /// </summary>
    /// <param name="delay">May be zero.</param>
    bool TryAdvance(VirtualDuration delay);
}
