namespace PvTimer.Model.Events;

/// <summary>
/// Something that reaches an entity at an instant of virtual time: from another entity, or from itself
/// (then it is a timer of its own). It does not change until it was handled. The actors send these very objects.
/// </summary>
public abstract record Message
{
    /// <summary>In a stock, the one behind it; null while it is a message.</summary>
    internal Message? NextInStock { get; set; }

    /// <summary>Adds kind and content to the trace hash: two messages that differ must differ here.</summary>
    public abstract void AddTo(ref TraceDigest digest);

    /// <summary>
    /// It was handled, and nothing keeps it: kinds that are frequent use the object again (<see cref="MessageStock{T}"/>).
    /// </summary>
    public virtual void Recycle() { }
}
