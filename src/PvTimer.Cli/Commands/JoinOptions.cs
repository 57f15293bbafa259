using System.CommandLine;
using System.Linq;
using PvTimer.Sharding.Clients;

namespace PvTimer.Cli.Commands;

/// <summary>A cluster that is there already, and what its nodes are shown.</summary>
/// <param name="purpose">What its nodes are joined for: "to run it on".</param>
internal sealed class JoinOptions(string purpose)
{
    public Option<string[]> Join { get; } =
        new("--join")
        {
            Description = $"A node of a cluster that is there already, {purpose}",
            HelpName = "HOST:PORT",
        };

    public Option<string?> Config { get; } =
        new("--config")
        {
            Description =
                "With --join: a node's configuration file, for the certificate and the token in it",
            HelpName = "FILE",
        };

    public Option<string?> TokenFile { get; } =
        new("--token-file")
        {
            Description = "With --join: the control token of the cluster; default: the user's own",
            HelpName = "FILE",
        };

    /// <summary>The nodes that are named; none: no cluster is joined.</summary>
    /// <exception cref="UsageException">One is no address.</exception>
    public string[] Endpoints(ParseResult parsed)
    {
        string[] join = parsed.GetValue(Join) ?? [];
        return join.FirstOrDefault(each => !ClusterDoor.IsEndpoint(each)) is { } wrong
            ? throw new UsageException($"{Join.Name}: '{wrong}'; accepted: HOST:PORT")
            : join;
    }

    public ClientKeys Keys(ParseResult parsed) =>
        ClientKeys.Of(parsed.GetValue(Config), parsed.GetValue(TokenFile));
}
