using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net;
using Akka.Configuration;
using Akka.Management.Cluster.Bootstrap;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Discovery;

/// <summary>
/// How a node finds the others if it is not told whom to join: from a list of all that there may be, or from
/// Kubernetes, which knows the pods. Any of them may begin the cluster, and exactly one does.
/// </summary>
/// <param name="Endpoints">"host:port" of each node that there may be; empty: Kubernetes is asked.</param>
public sealed record PeerDiscovery(ImmutableArray<string> Endpoints)
{
    /// <summary>The word that stands for Kubernetes.</summary>
    public const string KubernetesWord = "kubernetes";

    /// <summary>What can be given.</summary>
    public const string Forms = $"{KubernetesWord}, or HOST:PORT of each node, separated by commas";

    /// <summary>The pods with the label app=pvtimer and a port named remoting.</summary>
    public static PeerDiscovery Kubernetes { get; } = new([]);

    public bool AsksKubernetes => Endpoints.IsEmpty;

    /// <param name="texts">One of <see cref="Forms"/>, or such a list in parts.</param>
    /// <exception cref="FormatException">It is neither; the message says what is accepted.</exception>
    public static PeerDiscovery Parse(params string[] texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] parts =
        [
            .. texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)),
        ];
        if (parts is [KubernetesWord])
        {
            return Kubernetes;
        }
        // A host with a colon is an IPv6 address, which Akka's list cannot tell from a port.
        string? wrong = parts.FirstOrDefault(part =>
            !ClusterDoor.IsEndpoint(part) || part.Count(letter => letter == ':') != 1
        );
        return wrong is null && parts.Length > 0
            ? new PeerDiscovery([.. parts])
            : throw new FormatException($"'{wrong}'; accepted: {Forms}");
    }

    /// <summary>Why it cannot work in this process; null: it can.</summary>
    internal string? ObstacleOf(NodeOptions options)
    {
        if (!AsksKubernetes)
        {
            return null;
        }
        string? missing = KubernetesPods.Variables.FirstOrDefault(name =>
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))
        );
        return missing is not null
                ? $"{missing} is not set, as it is in a pod; accepted: {KubernetesWord} in a pod, or HOST:PORT of each node"
            : options.Host is null
                ? "there is no host by which other pods dial this one; accepted: POD.SERVICE.NAMESPACE.svc.cluster.local, or the pod's address"
            : null;
    }

    /// <summary>Akka's configuration for it; what the user says of Akka goes before it.</summary>
    internal Config Configuration(NodeOptions options) =>
        ConfigurationFactory
            .ParseString(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""
                    akka.discovery {
                      config.services.{{ClusterNode.SystemName}}.endpoints = [{{string.Join(
                        ", ",
                        Endpoints.Select(NodeConfiguration.Quoted)
                    )}}]
                      kubernetes {
                        class = "PvTimer.Sharding.Discovery.KubernetesPods, PvTimer.Sharding"
                        service-account = /var/run/secrets/kubernetes.io/serviceaccount
                        label-selector = "app={{ClusterNode.SystemName}}"
                        domain = cluster.local
                        use-raw-ip = {{(
                        IPAddress.TryParse(options.ListeningHost, out _) ? "on" : "off"
                    )}}
                      }
                    }
                    akka.management.cluster.bootstrap {
                      contact-point-discovery {
                        discovery-method = {{(AsksKubernetes ? KubernetesWord : "config")}}
                        service-name = {{ClusterNode.SystemName}}
                        port-name = {{(AsksKubernetes ? "remoting" : "\"\"")}}
                        required-contact-point-nr = {{(AsksKubernetes ? 2 : Endpoints.Length)}}
                        stable-margin = {{(AsksKubernetes ? "5s" : "1s")}}
                      }
                      contact-point {
                        fallback-port = {{options.Port}}
                        filter-on-fallback-port = off
                        probe-interval = 500ms
                      }
                    }
                    """
                )
            )
            .WithFallback(ClusterBootstrap.DefaultConfiguration());
}
