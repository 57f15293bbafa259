using System;
using System.Threading;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Akka.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Hosting;

/// <summary>
/// The base of a test class for an application of Akka.Hosting, in virtual time: the actors that it starts and registers,
/// and the services that it gives them. What is configured is called as in Akka.Hosting.TestKit.
/// </summary>
/// <remarks>
/// <code>
///   first use of the kit
///     host:  ConfigureHostConfiguration, ConfigureAppConfiguration, ConfigureServices, ConfigureAkka
///     actor system:  made with the configuration that came of it, in virtual time
///     world in control, test actor there
///     actors of WithActors, AddStartup:  started on the test's thread; they do something when the clock moves
///     hosted services of the test
/// </code>
/// Services that ask for a <see cref="TimeProvider"/> get the virtual clock, unless ConfigureServices gives them another. The
/// kit knows no test framework: xunit, NUnit and MSTest end what is IDisposable.
/// </remarks>
public abstract class HostedTestKit : VirtualTimeTestKit
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(30);

    private readonly Action<string>? _log;
    private IHost? _host;

    /// <param name="actorSystemName">The name of the actor system; null: "test".</param>
    /// <param name="log">Where logs go, the host's and the actor system's, line by line; null: nowhere.</param>
    /// <param name="startupTimeout">How long the host may take to start, on the wall; null: 30 s.</param>
    /// <param name="logLevel">What the host's loggers write from this level on.</param>
    protected HostedTestKit(
        string? actorSystemName = null,
        Action<string>? log = null,
        TimeSpan? startupTimeout = null,
        LogLevel logLevel = LogLevel.Information
    )
        : base((kit, begin) => ((HostedTestKit)kit).Start(begin), log)
    {
        ActorSystemName = actorSystemName ?? "test";
        StartupTimeout = startupTimeout ?? TimeSpan.FromSeconds(30);
        LogLevel = logLevel;
        _log = log;
    }

    /// <summary>The host, which has started.</summary>
    public IHost Host
    {
        get
        {
            if (_host is null)
            {
                _ = Sys;
            }
            return _host!; // reason: the actor system is there, so it is
        }
    }

    /// <summary>The actors that have been registered.</summary>
    public ActorRegistry ActorRegistry => Host.Services.GetRequiredService<ActorRegistry>();

    /// <summary>How long the host may take to start, on the wall.</summary>
    public TimeSpan StartupTimeout { get; }

    /// <summary>The name of the actor system.</summary>
    public string ActorSystemName { get; }

    /// <summary>What the host's loggers write from this level on.</summary>
    public LogLevel LogLevel { get; }

    /// <summary>Configuration that <see cref="ConfigureAkka"/> may override; null: none.</summary>
    protected virtual Config? Config => null;

    /// <summary>Configures the host itself.</summary>
    protected virtual void ConfigureHostConfiguration(IConfigurationBuilder builder) { }

    /// <summary>Configures what the application reads.</summary>
    protected virtual void ConfigureAppConfiguration(
        HostBuilderContext context,
        IConfigurationBuilder builder
    ) { }

    /// <summary>Adds the application's services.</summary>
    protected virtual void ConfigureServices(
        HostBuilderContext context,
        IServiceCollection services
    ) { }

    /// <summary>Adds loggers, and says what they write.</summary>
    protected virtual void ConfigureLogging(ILoggingBuilder builder) { }

    /// <summary>Does something else to the host, before the services are added.</summary>
    protected virtual void ConfigureHostBuilder(IHostBuilder builder) { }

    /// <summary>Configures the actor system, and starts and registers its actors.</summary>
    /// <remarks>The kit can be used inside WithActors: a probe of its can be registered in the place of an actor.</remarks>
    protected abstract void ConfigureAkka(
        AkkaConfigurationBuilder builder,
        IServiceProvider provider
    );

    private Ending Start(Func<ActorSystem, IDisposable> begin)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        IHost host = Build(begin);
        _host = host;
        try
        {
            using CancellationTokenSource patience = new(StartupTimeout);
            host.StartAsync(patience.Token).GetAwaiter().GetResult();
            return new Ending(host);
        }
        catch
        {
            _host = null;
            host.Dispose();
            throw;
        }
    }

    private IHost Build(Func<ActorSystem, IDisposable> begin)
    {
        HostBuilder builder = new();
        builder
            .ConfigureLogging(logging =>
            {
                if (_log is { } log)
                {
                    logging.SetMinimumLevel(LogLevel).AddProvider(new LineLoggers(log));
                }
                ConfigureLogging(logging);
            })
            .ConfigureHostConfiguration(ConfigureHostConfiguration)
            .ConfigureAppConfiguration(ConfigureAppConfiguration);
        ConfigureHostBuilder(builder);
        builder.ConfigureServices(
            (context, services) =>
            {
                services.AddSingleton<IHostLifetime, TestLifetime>();
                services.AddSingleton<TimeProvider>(new HostTime(this));
                services.AddSingleton<WorldLease>();
                services.AddAkka<WorldHostedService>(
                    ActorSystemName,
                    (akka, provider) => Compose(akka, provider, begin)
                );
                ConfigureServices(context, services);
            }
        );
        return builder.Build();
    }

    private void Compose(
        AkkaConfigurationBuilder akka,
        IServiceProvider provider,
        Func<ActorSystem, IDisposable> begin
    )
    {
        akka.WithActors(
            (system, registry) =>
            {
                provider.GetRequiredService<WorldLease>().Lease = begin(system);
                registry.Register<TestProbe>(TestActor);
            }
        );
        if (Config is { } config)
        {
            akka.AddHocon(config, HoconAddMode.Append);
        }
        ConfigureAkka(akka, provider);
        akka.WithActorRefProvider(
            WorldConfig.Provider(akka.ActorRefProvider.GetOrElse(null!)) // reason: null is "none" to it
        );
        akka.AddHocon(
            WorldConfig.With(akka.Configuration.GetOrElse(Akka.Configuration.Config.Empty)),
            HoconAddMode.Prepend
        );
    }

    /// <summary>Ends a host when its actors are no longer in virtual time.</summary>
    private sealed class Ending(IHost host) : IDisposable
    {
        public void Dispose()
        {
            SynchronizationContext? context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            using (host)
            {
                using CancellationTokenSource patience = new(LongestStop);
                host.StopAsync(patience.Token).GetAwaiter().GetResult();
            }
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
