namespace PvTimer.Sharding.Wire;

/// <summary>Something that travels between processes: <see cref="WireSerializer"/> knows it.</summary>
public interface IWireMessage;

/// <summary>What a node is told for one of its formations, and for no other.</summary>
internal interface IFormationMessage : IWireMessage
{
    /// <summary>The formation.</summary>
    long Epoch { get; }
}
