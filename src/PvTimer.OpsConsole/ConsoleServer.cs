using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PvTimer.OpsConsole.Http;
using PvTimer.OpsConsole.Metrics;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;

namespace PvTimer.OpsConsole;

/// <summary>The console's web server, from its start to its end.</summary>
/// <remarks>
/// <code>
///   browser, curl, Prometheus        terminal
///          |                            |
///       [Http]  -- guard -- audit -- [Orders] ----\
///          |                                       +---- cluster (a client of it, no member)
///       [Documents] &lt;-- [Watching] --------------/
/// </code>
/// </remarks>
public sealed class ConsoleServer : IAsyncDisposable
{
    private const int MaxBodyBytes = 64 * 1024;
    private const int MaxConnections = 1_000;

    private readonly WebApplication _web;

    private ConsoleServer(WebApplication web, Sampler sampler, OrderDesk desk)
    {
        _web = web;
        Sampler = sampler;
        Desk = desk;
    }

    /// <summary>What viewers look through.</summary>
    public Sampler Sampler { get; }

    /// <summary>Where orders arrive.</summary>
    public OrderDesk Desk { get; }

    /// <summary>"http://127.0.0.1:40123".</summary>
    public string Address =>
        _web
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();

    /// <summary>Starts to listen.</summary>
    /// <param name="options">What it is started with.</param>
    /// <param name="cluster">What it shows.</param>
    /// <param name="runs">Who starts runs.</param>
    /// <exception cref="ConsoleException">The options cannot be used, or nobody can listen there.</exception>
    public static async Task<ConsoleServer> Start(
        ConsoleOptions options,
        ICluster cluster,
        IRunStarter runs
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        Sampler sampler = new(cluster, options.Interval);
        OrderGuard guard = new(options.AllowControl, options.Token);
        OrderDesk desk = new(cluster, guard, new AuditLog(options.AuditFile), runs);
        ConsoleServer server = new(Build(options, sampler, desk, runs), sampler, desk);
        try
        {
            await server._web.StartAsync().ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new ConsoleException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cannot listen on {options.Host}:{options.Port}: {e.GetBaseException().Message}"
                )
            );
        }
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        await Sampler.DisposeAsync().ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
    }

    private static WebApplication Build(
        ConsoleOptions options,
        Sampler sampler,
        OrderDesk desk,
        IRunStarter runs
    )
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(
                options.Host,
                options.Port,
                listen =>
                {
                    if (options.Certificate is not null)
                    {
                        listen.UseHttps(options.Certificate);
                    }
                }
            );
        });
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = TimeSpan.FromSeconds(1)
        );
        builder.Services.AddSingleton(sampler);
        PvTimerMeters.AddTo(builder.Services);
        WebApplication web = builder.Build();
        RequestRules rules = new(options);
        web.Use(rules.Apply);
        PageEndpoints.Map(web);
        ViewEndpoints.Map(web, sampler, runs);
        OrderEndpoints.Map(web, desk);
        ManagementEndpoints.Map(web, sampler, desk);
        HealthEndpoints.Map(web, sampler);
        PvTimerMeters.Map(web, sampler);
        web.MapFallback("{**path}", ErrorAnswer.NotFound);
        return web;
    }
}
