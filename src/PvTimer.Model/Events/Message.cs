namespace PvTimer.Model.Events;

/// <summary>
/// Something that reaches an entity at an instant of virtual time: from another entity, or from itself
/// (then it is a timer of its own). Immutable. The actors send these very objects.
/// </summary>
public abstract record Message
{
    /// <summary>Adds kind and content to the trace hash: two messages that differ must differ here.</summary>
    public abstract void AddTo(ref TraceDigest digest);
}
