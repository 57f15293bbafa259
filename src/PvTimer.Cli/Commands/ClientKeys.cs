using PvTimer.Sharding.Nodes;
using PvTimer.Sharding.Security;

namespace PvTimer.Cli.Commands;

/// <summary>What a client shows the nodes of a cluster.</summary>
/// <param name="Tls">Its certificate; null: none.</param>
/// <param name="Token">The control token; null: the user's own.</param>
internal sealed record ClientKeys(MutualTls? Tls, ControlToken? Token)
{
    /// <param name="config">What --config says: a file as nodes have; null: nothing.</param>
    /// <param name="tokenFile">What --token-file says, which goes before what is in the other one; null: nothing.</param>
    /// <exception cref="NodeOptionsException">Something in them cannot be used.</exception>
    public static ClientKeys Of(string? config, string? tokenFile)
    {
        NodeOptions? own = config is null ? null : NodeFile.Read(config).Options;
        return new ClientKeys(
            own?.Tls,
            tokenFile is null ? own?.Token : ControlToken.Read(tokenFile)
        );
    }
}
