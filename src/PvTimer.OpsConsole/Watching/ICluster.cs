using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.OpsConsole.Watching;

/// <summary>The cluster as the console asks it; see <see cref="ClusterDoor.Ask"/>.</summary>
public interface ICluster
{
    /// <exception cref="ClusterUnreachableException">No node answers.</exception>
    /// <exception cref="OrderRefusedException">It would change something, and may not.</exception>
    Task<T> Ask<T>(object request);
}

/// <summary>A real one.</summary>
public sealed class DoorToCluster(ClusterDoor door) : ICluster
{
    /// <inheritdoc/>
    public Task<T> Ask<T>(object request) => door.Ask<T>(request);
}
