using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PvTimer.ActorTime.Hosting;

namespace PvTimer.ActorTime.Adapters.Tests;

/// <summary>How a host begins and ends around a script, and what it is refused.</summary>
public sealed class HostSpec
{
    [Fact]
    public void Host_starts_when_the_kit_is_used_and_ends_with_it()
    {
        Recorder recorder = new();
        Script script = new(
            (_, _) => { },
            services => services.AddSingleton<IHostedService>(recorder)
        );
        Assert.Empty(recorder.Calls);
        ActorSystem system = script.Sys;
        Assert.Equal("shop", system.Name);
        Assert.Equal(["start"], recorder.Calls);
        script.Dispose();
        Assert.Equal(["start", "stop"], recorder.Calls);
        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
    }

    [Fact]
    public void Kit_that_is_not_used_starts_no_host()
    {
        Recorder recorder = new();
        new Script(
            (_, _) => { },
            services => services.AddSingleton<IHostedService>(recorder)
        ).Dispose();
        Assert.Empty(recorder.Calls);
    }

    [Fact]
    public void Start_may_wait_for_what_its_actors_answer()
    {
        string? answer = null;
        using Script script = new(
            (builder, _) =>
                builder.WithActors(
                    async (system, _, _) =>
                        answer = await system
                            .ActorOf(Props.Create(() => new Echo()))
                            .Ask<string>("ready?", TimeSpan.FromMinutes(1))
                            .ConfigureAwait(false)
                )
        );
        _ = script.Sys;
        Assert.Equal("ready?", answer);
    }

    [Fact]
    public void Logs_of_host_and_actors_go_where_the_script_wants_them()
    {
        List<string> lines = [];
        using (Script script = new((_, _) => { }, log: lines.Add))
        {
            ILogger<HostSpec> logger = script.Host.Services.GetRequiredService<ILogger<HostSpec>>();
            Said(logger, null);
            script.Sys.EventStream.Publish(
                new Akka.Event.Warning("shop", typeof(HostSpec), "the actors have something to say")
            );
            script.Clock.Settle();
        }
        Assert.Contains(
            $"Warning {typeof(HostSpec).FullName}: the host has something to say",
            lines,
            StringComparer.Ordinal
        );
        Assert.Contains(
            lines,
            line => line.Contains("the actors have something", StringComparison.Ordinal)
        );
    }

    public static TheoryData<string, Action<AkkaConfigurationBuilder>> NotInTime =>
        new()
        {
            {
                "a provider of actors, Cluster",
                builder => builder.WithActorRefProvider(ProviderSelection.Cluster.Instance)
            },
            {
                "akka.actor.provider = remote",
                builder => builder.AddHocon("akka.actor.provider = remote", HoconAddMode.Prepend)
            },
            {
                "akka.scheduler.implementation",
                builder =>
                    builder.AddHocon(
                        "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"",
                        HoconAddMode.Append
                    )
            },
        };

    [Theory]
    [MemberData(nameof(NotInTime))]
    public void What_cannot_be_in_virtual_time_is_refused(
        string said,
        Action<AkkaConfigurationBuilder> configure
    )
    {
        using Script script = new((builder, _) => configure(builder));
        NotSupportedException refused = Assert.Throws<NotSupportedException>(() => script.Sys);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Contains("accepted: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Local_provider_that_is_said_is_accepted()
    {
        using Script script = new(
            (builder, _) => builder.WithActorRefProvider(ProviderSelection.Local.Instance)
        );
        script.Sys.Scheduler.ScheduleTellOnce(
            TimeSpan.FromHours(1),
            script.TestActor,
            "tick",
            ActorRefs.Nobody
        );
        script.ExpectMsg("tick", TimeSpan.FromHours(2));
    }

    [Fact]
    public void Kit_cannot_be_used_before_its_actor_system_is_there()
    {
        Script script = null!; // reason: the next line sets it
        script = new Script((_, _) => script.TestActor.Tell("too early"));
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() =>
            script.Sys
        );
        Assert.Contains("where actors are started", refused.Message, StringComparison.Ordinal);
        script.Dispose();
    }

    [Fact]
    public async Task Host_may_be_stopped_by_the_script()
    {
        using Script script = new((_, _) => { });
        await script.Host.StopAsync();
        Assert.True(script.Sys.WhenTerminated.IsCompleted);
    }

    [Fact]
    public void Start_that_fails_leaves_no_actor_system_behind()
    {
        ActorSystem? started = null;
        Script script = new(
            (builder, _) =>
                builder.WithActors(
                    (system, _) =>
                    {
                        started = system;
                        throw new TimeoutException("no database");
                    }
                )
        );
        Assert.Throws<TimeoutException>(() => script.Sys);
        Assert.True(started!.WhenTerminated.IsCompleted); // reason: the start has come as far
    }

    private static readonly Action<ILogger, Exception?> Said = LoggerMessage.Define(
        LogLevel.Warning,
        new EventId(1),
        "the host has something to say"
    );

    private sealed class Script(
        Action<AkkaConfigurationBuilder, IServiceProvider> akka,
        Action<IServiceCollection>? services = null,
        Action<string>? log = null
    ) : HostedTestKit("shop", log)
    {
        protected override void ConfigureServices(
            HostBuilderContext context,
            IServiceCollection services1
        ) => services?.Invoke(services1);

        protected override void ConfigureAkka(
            AkkaConfigurationBuilder builder,
            IServiceProvider provider
        ) => akka(builder, provider);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Recorder : IHostedService
    {
        public List<string> Calls { get; } = [];

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Calls.Add("start");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            Calls.Add("stop");
            return Task.CompletedTask;
        }
    }
}
