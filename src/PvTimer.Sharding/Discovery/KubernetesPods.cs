using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using Akka.Discovery;

namespace PvTimer.Sharding.Discovery;

/// <summary>
/// Asks the Kubernetes API which pods there are: those that run, have the label, and have a port of that name. Akka
/// creates it by the name of its type.
/// </summary>
/// <remarks>
/// In the place of Akka.Discovery.KubernetesApi 1.5.73, which is made for KubernetesClient 17 and throws with the
/// later ones (19.0.2: a constructor that it calls is gone). A pod's service account has to be allowed to list pods.
/// </remarks>
internal sealed class KubernetesPods : ServiceDiscovery
{
    private const string ApiHost = "KUBERNETES_SERVICE_HOST";
    private const string ApiPort = "KUBERNETES_SERVICE_PORT";
    private const string PodNamespace = "POD_NAMESPACE";

    /// <summary>More is not read: ten thousand pods of the usual size are half of it.</summary>
    private const int MostAnswerBytes = 256_000_000;

    private readonly string _account;
    private readonly string _selector;
    private readonly string _domain;
    private readonly bool _usesAddress;

    /// <summary>Called by Akka.</summary>
    public KubernetesPods(ExtendedActorSystem system)
        : this(
            (system ?? throw new ArgumentNullException(nameof(system))).Settings.Config.GetConfig(
                "akka.discovery.kubernetes"
            )
        ) { }

    internal KubernetesPods(Config config)
    {
        _account = config.GetString("service-account");
        _selector = config.GetString("label-selector");
        _domain = config.GetString("domain");
        _usesAddress = config.GetBoolean("use-raw-ip");
    }

    /// <summary>Where the API is, which Kubernetes tells every pod, and the namespace, which the manifests tell it.</summary>
    internal static ImmutableArray<string> Variables { get; } = [ApiHost, ApiPort, PodNamespace];

    /// <inheritdoc/>
    /// <exception cref="HttpRequestException">The API does not answer, or refuses.</exception>
    public override async Task<Resolved> Lookup(Lookup lookup, TimeSpan resolveTimeout)
    {
        ArgumentNullException.ThrowIfNull(lookup);
        string space = Of(PodNamespace);
        using HttpRequestMessage request = new(
            HttpMethod.Get,
            $"https://{Of(ApiHost)}:{Of(ApiPort)}/api/v1/namespaces/{space}/pods?labelSelector={Uri.EscapeDataString(_selector)}"
        );
        // Kubernetes renews it in place.
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            (await File.ReadAllTextAsync(FileOf("token")).ConfigureAwait(false)).Trim()
        );
        using CancellationTokenSource limit = new(resolveTimeout);
        // One for each question: there are few, until the node has joined.
        using HttpClient api = Api();
        using HttpResponseMessage answer = await api.SendAsync(request, limit.Token)
            .ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        using JsonDocument pods = JsonDocument.Parse(
            await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false)
        );
        return new Resolved(lookup.ServiceName, TargetsIn(pods, lookup.PortName, space));
    }

    internal IReadOnlyList<ResolvedTarget> TargetsIn(
        JsonDocument pods,
        string portName,
        string space
    ) =>
        [
            .. pods
                .RootElement.GetProperty("items")
                .EnumerateArray()
                .Select(pod => TargetOf(pod, portName, space))
                .OfType<ResolvedTarget>(),
        ];

    /// <summary>Null: it does not run, is about to end, or has no such port.</summary>
    private ResolvedTarget? TargetOf(JsonElement pod, string portName, string space)
    {
        JsonElement status = pod.GetProperty("status");
        bool isEnding = pod.GetProperty("metadata").TryGetProperty("deletionTimestamp", out _);
        int? port = PortsOf(pod, portName).FirstOrDefault();
        return
            !isEnding
            && port is not null
            && status.TryGetProperty("phase", out JsonElement phase)
            && phase.GetString() == "Running"
            && status.TryGetProperty("podIP", out JsonElement text)
            && IPAddress.TryParse(text.GetString(), out IPAddress? address)
            ? new ResolvedTarget(HostOf(pod.GetProperty("spec"), address, space), port, address)
            : null;
    }

    /// <summary>By what a pod is dialled, as the cluster's DNS has it: those of a StatefulSet have names that stay.</summary>
    private string HostOf(JsonElement spec, IPAddress address, string space) =>
        _usesAddress ? address.ToString()
        : spec.TryGetProperty("hostname", out JsonElement host)
        && spec.TryGetProperty("subdomain", out JsonElement service)
            ? $"{host.GetString()}.{service.GetString()}.{space}.svc.{_domain}"
        : $"{address.ToString().Replace('.', '-')}.{space}.pod.{_domain}";

    private static IEnumerable<int?> PortsOf(JsonElement pod, string name) =>
        pod.GetProperty("spec")
            .GetProperty("containers")
            .EnumerateArray()
            .SelectMany(container =>
                container.TryGetProperty("ports", out JsonElement ports)
                    ? ports.EnumerateArray().ToArray()
                    : []
            )
            .Where(port =>
                port.TryGetProperty("name", out JsonElement its) && its.GetString() == name
            )
            .Select(port => (int?)port.GetProperty("containerPort").GetInt32());

    /// <summary>Believes only the authority that signs for this Kubernetes, whatever the system trusts.</summary>
    private HttpClient Api()
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(FileOf("ca.crt"));
        return new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            }
        )
        {
            MaxResponseContentBufferSize = MostAnswerBytes,
        };
    }

    private string FileOf(string name) => Path.Combine(_account, name);

    private static string Of(string variable) => Environment.GetEnvironmentVariable(variable) ?? "";
}
