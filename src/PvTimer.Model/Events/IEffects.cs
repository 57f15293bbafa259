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
}
