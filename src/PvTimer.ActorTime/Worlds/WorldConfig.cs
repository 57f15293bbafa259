using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using Akka.Configuration;

namespace PvTimer.ActorTime.Worlds;

/// <summary>How an actor system has to be configured so that it lives in virtual time.</summary>
public static class WorldConfig
{
    private const string Local = "local";

    private static readonly string[] LocalProviders =
    [
        Local,
        "Akka.Actor.LocalActorRefProvider, Akka",
        ProviderName,
    ];

    private static string Assembly => typeof(WorldConfig).Assembly.GetName().Name!; // reason: it has one

    private static string ProviderName => $"{typeof(WorldActorRefProvider).FullName}, {Assembly}";

    /// <summary>A user's configuration, in virtual time: scheduler, dispatchers and provider are the world's.</summary>
    /// <param name="config">The user's; null: Akka's defaults.</param>
    /// <param name="scheduler">A scheduler derived from <see cref="WorldScheduler"/>; null: that one.</param>
    /// <exception cref="NotSupportedException">It asks for remoting, a cluster or a scheduler of its own.</exception>
    public static Config With(Config? config, Type? scheduler = null)
    {
        Config said = config ?? Config.Empty;
        Refuse(said, "akka.actor.provider", LocalProviders);
        Type here = scheduler ?? typeof(WorldScheduler);
        string schedulerName = $"{here.FullName}, {here.Assembly.GetName().Name}";
        Refuse(said, "akka.scheduler.implementation", [schedulerName]);
        string dispatcher = $"{typeof(WorldDispatcherConfigurator).FullName}, {Assembly}";
        return ConfigurationFactory
            .ParseString(
                $$"""
                akka {
                  actor.provider = "{{ProviderName}}"
                  actor.default-dispatcher.type = "{{dispatcher}}"
                  actor.internal-dispatcher { type = "{{dispatcher}}", eager = on }
                  actor.default-blocking-io-dispatcher.type = "{{dispatcher}}"
                  actor.synchronized-dispatcher.type = "{{dispatcher}}"
                  test.test-actor.dispatcher { type = "{{dispatcher}}", eager = on }
                  scheduler.implementation = "{{schedulerName}}"
                  coordinated-shutdown.run-by-clr-shutdown-hook = off
                }
                """
            )
            .WithFallback(said)
            .WithFallback(
                ConfigurationFactory.ParseString(
                    $$"""
                    akka {
                      loggers = ["{{typeof(WorldLogger).FullName}}, {{Assembly}}"]
                      loglevel = WARNING
                      stdout-loglevel = OFF
                      log-dead-letters = off
                    }
                    """
                )
            );
    }

    /// <summary>The provider of an actor system in virtual time, in the place of a user's.</summary>
    /// <param name="said">The user's, as a set-up has it; null: none.</param>
    /// <exception cref="NotSupportedException">It is that of remoting, of a cluster, or another of the user's own.</exception>
    public static ProviderSelection Provider(ProviderSelection? said) =>
        said is null or ProviderSelection.Local
            ? new ProviderSelection.Custom(ProviderName)
            : throw new NotSupportedException(
                $"a provider of actors, {said.GetType().Name}: what happens there is not in virtual time; accepted: {Local}"
            );

    private static void Refuse(Config said, string key, IReadOnlyCollection<string> accepted)
    {
        if (
            said.HasPath(key)
            && said.GetString(key) is { } value
            && !accepted.Contains(value, StringComparer.Ordinal)
        )
        {
            throw new NotSupportedException(
                $"{key} = {value}: what happens there is not in virtual time; accepted: {accepted.First()}"
            );
        }
    }
}
