using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Akka.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PvTimer.ActorTime.Exploring;
using PvTimer.ActorTime.Hosting;
using PvTimer.ActorTime.Verbs;

namespace PvTimer.ActorTime.Adapters.Tests;

/// <summary>An application as people write it for Akka.Hosting, in virtual time.</summary>
public sealed class HostedApplicationSpec : HostedTestKit
{
    private AkkaProbe _mailer = null!; // reason: ConfigureAkka sets it, before anything looks at it

    [Fact]
    public void Registered_actor_has_its_timers_in_virtual_time()
    {
        IActorRef reminder = ActorRegistry.Get<Reminder>();
        Assert.Equal("/user/reminder", reminder.Path.ToStringWithoutAddress());
        _mailer.ExpectMsg("remember the milk", TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.FromHours(1), Clock.Now);
        _mailer.ExpectMsg("remember the milk", TimeSpan.FromHours(2));
        Assert.Equal(TimeSpan.FromHours(2), Clock.Now);
    }

    [Fact]
    public void Registered_actor_runs_on_the_scripts_thread() =>
        Assert.Equal(
            Environment.CurrentManagedThreadId,
            Await(ActorRegistry.Get<Reminder>().Ask<int>("which thread"))
        );

    [Fact]
    public void Services_have_the_virtual_clock()
    {
        Clock.AdvanceBy(TimeSpan.FromDays(1));
        Assert.Equal(
            DateTimeOffset.UnixEpoch.AddDays(1),
            Await(ActorRegistry.Get<Reminder>().Ask<DateTimeOffset>("what time"))
        );
        Assert.Equal(
            Time.GetUtcNow(),
            Host.Services.GetRequiredService<TimeProvider>().GetUtcNow()
        );
    }

    [Fact]
    public void Task_on_the_services_clock_is_piped()
    {
        ActorRegistry.Get<Reminder>().Tell(TimeSpan.FromMinutes(5));
        ExpectMsg("later", TimeSpan.FromMinutes(10));
        Assert.Equal(TimeSpan.FromMinutes(5), Clock.Now);
    }

    [Fact]
    public void Script_is_the_sender_of_what_it_tells()
    {
        IActorRef reminder = ActorRegistry.Get<Reminder>();
        reminder.Tell("which thread");
        ExpectMsg<int>();
        Assert.Equal(TestActor, ActorRegistry.Get<TestProbe>());
    }

    [Fact]
    public void Nothing_has_happened_before_the_clock_moves()
    {
        Assert.Equal(TimeSpan.Zero, Clock.Now);
        Assert.False(_mailer.HasMessages);
    }

    [Fact]
    public void Orders_of_messages_are_explored_each_with_a_host_of_its_own()
    {
        HashSet<IHost> hosts = [];
        Exploration found = FindFailure(() =>
        {
            hosts.Add(Host);
            IActorRef first = ActorOf(dsl =>
                dsl.ReceiveAny((_, context) => TestActor.Tell("first"))
            );
            IActorRef other = ActorOf(dsl =>
                dsl.ReceiveAny((_, context) => TestActor.Tell("other"))
            );
            first.Tell("go");
            other.Tell("go");
            ExpectMsg("first");
        });
        Assert.NotNull(found.Failure);
        Assert.True(hosts.Count > 1);
        _mailer.ExpectMsg("remember the milk", TimeSpan.FromHours(2)); // the kit has one once more
    }

    protected override Config? Config => "akka.actor.ask-timeout = 7s";

    protected override void ConfigureAppConfiguration(
        HostBuilderContext context,
        IConfigurationBuilder builder
    ) => builder.AddInMemoryCollection([new("text", "remember the milk")]);

    protected override void ConfigureServices(
        HostBuilderContext context,
        IServiceCollection services
    ) => services.AddSingleton<Texts>();

    protected override void ConfigureAkka(
        AkkaConfigurationBuilder builder,
        IServiceProvider provider
    ) =>
        builder
            .WithActors(
                (system, registry) =>
                {
                    Assert.Equal(TimeSpan.FromSeconds(7), system.Settings.AskTimeout);
                    _mailer = CreateTestProbe("mailer");
                    registry.Register<Mailer>(_mailer.Ref);
                }
            )
            .WithActors(
                (system, registry, resolver) =>
                    registry.Register<Reminder>(
                        system.ActorOf(resolver.Props<Reminder>(), "reminder")
                    )
            );

    private sealed class Texts(IConfiguration configuration)
    {
        public string Text => configuration["text"]!; // reason: ConfigureAppConfiguration has it
    }

    private sealed class Mailer;

    private sealed class Reminder : ReceiveActor, IWithTimers
    {
        public Reminder(Texts texts, TimeProvider time, IRequiredActor<Mailer> mailer)
        {
            Receive<Texts>(each => mailer.ActorRef.Tell(each.Text));
            Receive<string>(
                asked => asked == "which thread",
                _ => Sender.Tell(Environment.CurrentManagedThreadId)
            );
            Receive<string>(_ => Sender.Tell(time.GetUtcNow()));
            ReceiveAsync<TimeSpan>(async span =>
            {
                IActorRef sender = Sender;
                await Task.Delay(span, time);
                sender.Tell("later");
            });
            Timers!.StartPeriodicTimer("reminder", texts, TimeSpan.FromHours(1)); // reason: Akka has set it
        }

        public ITimerScheduler Timers { get; set; } = null!; // reason: Akka sets it
    }
}
