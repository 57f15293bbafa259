namespace PvTimer.Sharding.Wire;

/// <summary>Something that travels between processes: <see cref="WireSerializer"/> knows it.</summary>
public interface IWireMessage;
