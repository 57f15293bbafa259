using PvTimer.Model.Events;

namespace PvTimer.Engine;

/// <summary>What a kernel keeps of an entity; <see cref="Entity"/> is null where another region runs it.</summary>
internal struct Resident
{
    public IEntity? Entity;
    public IInvariant? Invariant;
    public TraceDigest Digest;
    public long Sent;
    public long SentLazily;
    public long Handled;
    public long Errands;

    /// <summary>The host that it belongs to.</summary>
    public int Host;

    /// <summary>What it is sent may wait: it is <see cref="ITakesLateMessages"/>.</summary>
    public bool TakesLate;

    /// <summary>So many that were sent to it wait.</summary>
    public int Waiting;

    /// <summary>Something that it has sent to itself may wait.</summary>
    public bool SendsItself;
}
