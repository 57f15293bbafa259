namespace PvTimer.Sharding.Security;

/// <summary>A connection of which it is watched whether it is still being opened, see <see cref="AuthenticatedTransport.AroundKey"/>.</summary>
public interface IWatchedConnection
{
    /// <summary>Its handshake is over, and it has a reader: what arrives now is handed on at once. Any thread.</summary>
    void Settle();
}
