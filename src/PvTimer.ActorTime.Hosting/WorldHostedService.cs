using System;
using System.Threading;
using System.Threading.Tasks;
using Akka.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PvTimer.ActorTime.Hosting;

/// <summary>
/// Starts and stops the actor system of a host, as Akka.Hosting does. It stops with actors that are no longer in virtual
/// time: nothing would move it while the host waits, be it at the test's end or after a start that has failed.
/// </summary>
internal sealed class WorldHostedService(
    AkkaConfigurationBuilder configurationBuilder,
    IServiceProvider serviceProvider,
    ILogger<AkkaHostedService> logger,
    IHostApplicationLifetime applicationLifetime,
    WorldLease world
) : AkkaHostedService(configurationBuilder, serviceProvider, logger, applicationLifetime)
{
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        world.Lease?.Dispose();
        return base.StopAsync(cancellationToken);
    }
}

/// <summary>What lets the actors of a host go.</summary>
internal sealed class WorldLease
{
    /// <summary>Null: they are not in virtual time yet.</summary>
    public IDisposable? Lease { get; set; }
}
