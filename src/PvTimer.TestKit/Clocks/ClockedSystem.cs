using System;
using System.Collections.Concurrent;
using Akka.Configuration;
using PvTimer.Sharding;

namespace PvTimer.TestKit.Clocks;

/// <summary>
/// An actor system that lives by a <see cref="ClusterClock"/>: its timers, its failure detectors and its resolver of
/// partitions ask that, its mailboxes and connections are counted by it. What Akka makes of it finds it by its name in
/// the configuration, as Akka hands on nothing else.
/// </summary>
internal sealed class ClockedSystem
{
    /// <summary>In the configuration of what belongs to one.</summary>
    private const string NameKey = "clocked-system";

    private static readonly ConcurrentDictionary<string, ClockedSystem> All = new(
        StringComparer.Ordinal
    );

    private readonly string _id;
    private volatile bool _hasEnded;

    /// <param name="clock">By which it lives until <see cref="End"/>.</param>
    /// <param name="name">As tests call it.</param>
    public ClockedSystem(ClusterClock clock, string name)
    {
        Clock = clock;
        Name = name;
        _id = $"{name}-{Guid.NewGuid():N}";
        All[_id] = this;
        clock.Add(this);
    }

    public ClusterClock Clock { get; }

    public string Name { get; }

    /// <summary>What its mailboxes have begun.</summary>
    public WorkCount Work { get; } = new();

    /// <summary>Where it listens; null: it does not yet.</summary>
    public int? Port { get; set; }

    /// <summary>Nothing of it is waited for any more, whatever it had on its way, or has from now on.</summary>
    public bool HasEnded => _hasEnded;

    /// <summary>Whether regions of it have something to do.</summary>
    public Func<bool> IsComputing { get; set; } = static () => false;

    /// <summary>For a node: its scheduler has virtual time beside this.</summary>
    public ClusterTime OfNode => new(Clock, Config);

    /// <summary>For a client.</summary>
    public ClusterTime OfClient =>
        new(
            Clock,
            ConfigurationFactory
                .ParseString($"akka.scheduler.implementation = \"{Named<ClockedScheduler>()}\"")
                .WithFallback(Config)
        );

    /// <summary>The Akka configuration of such a system, which goes before that of others.</summary>
    /// <remarks>
    /// Akka's remoting asks the wall how long a gate stays closed and when an acknowledgement is due: these are short
    /// instead, as the wall's time is long for this clock.
    /// </remarks>
    private Config Config
    {
        get
        {
            string executor =
                $"{{ type = Dispatcher, executor = \"{Named<ClockedExecutorConfigurator>()}\", {NameKey} = {_id} }}";
            return ConfigurationFactory.ParseString(
                $$"""
                {{NameKey}} = {{_id}}
                pvtimer.real-scheduler = "{{Named<ClockedScheduler>()}}"
                akka {
                  actor {
                    default-dispatcher {{executor}}
                    internal-dispatcher {{executor}}
                  }
                  remote {
                    default-remote-dispatcher {{executor}}
                    backoff-remote-dispatcher {{executor}}
                    retry-gate-closed-for = 10ms
                    system-message-ack-piggyback-timeout = 10ms
                    dot-netty.tcp.around-class = "{{Named<ClockedTransport>()}}"
                    watch-failure-detector {
                      implementation-class = "{{Named<ClockedPhiDetector>()}}"
                      {{NameKey}} = {{_id}}
                    }
                    transport-failure-detector {
                      implementation-class = "{{Named<ClockedDeadlineDetector>()}}"
                      {{NameKey}} = {{_id}}
                    }
                  }
                  cluster {
                    failure-detector {
                      implementation-class = "{{Named<ClockedPhiDetector>()}}"
                      {{NameKey}} = {{_id}}
                    }
                    downing-provider-class = "{{Named<ClockedDowning>()}}"
                  }
                }
                pvtimer {
                  formation-dispatcher {{executor}}
                  disk-dispatcher {{executor}}
                }
                """
            );
        }
    }

    /// <summary>The one that is named there.</summary>
    /// <exception cref="InvalidOperationException">It has ended before it was made.</exception>
    public static ClockedSystem Of(Config config) =>
        All.TryGetValue(config.GetString(NameKey), out ClockedSystem? found)
            ? found
            : throw new InvalidOperationException("the clock of this actor system has ended");

    /// <summary>It was killed, or has ended: the clock does not wait for it any more. Any thread.</summary>
    public void End()
    {
        _hasEnded = true;
        Clock.Remove(this);
        Clock.Wires.RemoveOf(this);
    }

    /// <summary>Its actor system has ended, and is made nothing any more. Any thread.</summary>
    public void Forget()
    {
        End();
        All.TryRemove(_id, out _);
    }

    private static string Named<T>() =>
        $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
