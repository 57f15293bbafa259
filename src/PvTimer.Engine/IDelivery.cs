using PvTimer.Model.Events;

namespace PvTimer.Engine;

/// <summary>How a due event reaches its entity when the entity lives in an envelope, such as an actor.</summary>
public interface IDelivery
{
    /// <summary>Makes the target take its step before it returns. An exception stops the run.</summary>
    void Deliver(EntityId source, EntityId target, Message message);
}
