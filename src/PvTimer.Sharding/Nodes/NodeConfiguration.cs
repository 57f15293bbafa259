using System.Globalization;
using System.Linq;
using System.Text.Json;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using PvTimer.Actors;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Nodes;

/// <summary>The Akka configuration of a node, put together from its options, a file, and what has to be.</summary>
internal static class NodeConfiguration
{
    public static Config Of(NodeOptions options)
    {
        string own = string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            akka.remote.dot-netty.tcp {
              hostname = "{{options.ListeningHost}}"
              port = {{options.Port}}
            }
            akka.cluster.roles = [{{string.Join(
                ", ",
                options.Roles.Select(role => $"\"{role}\"")
            )}}]
            pvtimer.log { node = {{Quoted(options.Name)}}, file = {{Quoted(options.LogFile)}} }
            """
        );
        Config mine = ConfigurationFactory.ParseString(
            own
                + (options.Tls is null ? "" : MutualTls.Switch)
                + (options.Drills ? CuttableTransport.Switch : "")
        );
        Config whole = options.Config is { } first ? mine.WithFallback(first) : mine;
        whole = options.Time.Config is { } time ? whole.WithFallback(time) : whole;
        if (options.Discovery is { } discovery)
        {
            whole = whole.WithFallback(discovery.Configuration(options));
        }
        return whole
            .WithFallback(ConfigurationFactory.ParseString(Defaults))
            .WithFallback(Wire)
            .WithFallback(ActorOptions.HybridTime)
            .WithFallback(ClusterSharding.DefaultConfig())
            .WithFallback(ClusterSingleton.DefaultConfig());
    }

    public static string Quoted(string? text) => JsonSerializer.Serialize(text ?? "");

    /// <summary>What every process needs that talks to nodes, clients included.</summary>
    public static Config Wire { get; } =
        ConfigurationFactory.ParseString(
            """
            akka {
              actor {
                serializers {
                  json = "PvTimer.Sharding.Wire.RefusedSerializer, PvTimer.Sharding"
                  proto = "PvTimer.Sharding.Wire.RefusedSerializer, PvTimer.Sharding"
                  daemon-create = "PvTimer.Sharding.Wire.RefusedSerializer, PvTimer.Sharding"
                  reliable-delivery = "PvTimer.Sharding.Wire.RefusedSerializer, PvTimer.Sharding"
                }
                serialization-settings {
                  json.id = 1
                  proto.id = 2
                  daemon-create.id = 3
                  reliable-delivery.id = 36
                }
                serializers.pvtimer = "PvTimer.Sharding.Wire.WireSerializer, PvTimer.Sharding"
                serialization-bindings { "PvTimer.Sharding.Wire.IWireMessage, PvTimer.Sharding" = pvtimer }
              }
              remote {
                log-remote-lifecycle-events = off
                retry-gate-closed-for = 200ms
                dot-netty.tcp.maximum-frame-size = 8000000b
                dot-netty.tcp.send-buffer-size = 8000000b
                dot-netty.tcp.receive-buffer-size = 8000000b
              }
            }
            """ + AuthenticatedTransport.Switch
        );

    /// <summary>
    /// A machine that is busy or pauses for a moment is not dead: silence of about three and a half seconds is; that
    /// a process on the same machine has ended is seen sooner, and a machine with far too much to do is given more
    /// time (<see cref="PatientDetector"/>). A partition is decided a second after the membership
    /// has become stable, by majority: the smaller side ends itself.
    /// </summary>
    private const string Defaults = $$"""
        akka {
          actor.provider = cluster
          loglevel = INFO
          stdout-loglevel = OFF
          loggers = ["PvTimer.Sharding.Nodes.JsonLineLogger, PvTimer.Sharding"]
          log-config-on-start = off
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown {
            exit-clr = off
            run-by-clr-shutdown-hook = off
            phases.before-service-unbind.timeout = 60s
          }
          cluster {
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            unreachable-nodes-reaper-interval = 200ms
            periodic-tasks-initial-delay = 50ms
            seed-node-timeout = 2s
            failure-detector {
              implementation-class = "{{PatientDetector.TypeName}}"
              heartbeat-interval = 250ms
              acceptable-heartbeat-pause = 3s
            }
            downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
            split-brain-resolver { active-strategy = keep-majority, stable-after = 1s }
            sharding {
              state-store-mode = ddata
              remember-entities = off
              passivate-idle-entity-after = off
              rebalance-interval = 50ms
              retry-interval = 100ms
              handoff-timeout = 2s
              distributed-data.durable.keys = []
            }
            distributed-data.gossip-interval = 100ms
            singleton.hand-over-retry-interval = 100ms
            singleton-proxy.singleton-identification-interval = 100ms
          }
        }
        pvtimer {
          formation-dispatcher { type = PinnedDispatcher }
          disk-dispatcher { type = PinnedDispatcher }
          inline-dispatcher { type = "PvTimer.Sharding.Windows.InlineDispatcherConfigurator, PvTimer.Sharding" }
        }
        """;
}
