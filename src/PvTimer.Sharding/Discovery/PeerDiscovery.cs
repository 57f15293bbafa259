using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Net;
using Akka.Configuration;
using Akka.Discovery.KubernetesApi;
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

    /// <summary>What a pod's own address is in, and its namespace; the manifests set them.</summary>
    private const string PodAddress = "POD_IP";

    private const string PodNamespace = "POD_NAMESPACE";

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

    /// <summary>
    /// The name of this pod in the cluster's DNS, by which the others find it; a certificate for all pods of the
    /// namespace has it.
    /// </summary>
    /// <exception cref="NodeOptionsException">This is no pod, or it is not told who it is.</exception>
    public static string HostOfPod()
    {
        string? address = Environment.GetEnvironmentVariable(PodAddress);
        string? space = Environment.GetEnvironmentVariable(PodNamespace);
        return IPAddress.TryParse(address, out IPAddress? ip) && !string.IsNullOrEmpty(space)
            ? $"{ip.ToString().Replace('.', '-')}.{space}.pod.cluster.local"
            : throw new NodeOptionsException(
                $"discover: {PodAddress} and {PodNamespace} do not say which pod this is; accepted: both in the environment, or a host"
            );
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
                      kubernetes-api.use-raw-ip = {{(
                        IPAddress.TryParse(options.ListeningHost, out _) ? "on" : "off"
                    )}}
                    }
                    akka.management.cluster.bootstrap {
                      contact-point-discovery {
                        discovery-method = {{(AsksKubernetes ? "kubernetes-api" : "config")}}
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
            .WithFallback(ClusterBootstrap.DefaultConfiguration())
            .WithFallback(KubernetesDiscovery.DefaultConfiguration());
}
