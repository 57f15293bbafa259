using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace PvTimer.Cli.Tests;

/// <summary>
/// As much of the Kubernetes API as a pod needs to find the others: a list of pods, over TLS. All of them are on
/// loopback, each on a port of its own.
/// </summary>
internal sealed class FakeKubernetes : IDisposable
{
    private const string Token = "of this pod";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _answer;
    private readonly ConcurrentQueue<string> _asked = [];

    /// <param name="ports">Of the pods.</param>
    public FakeKubernetes(IEnumerable<int> ports)
    {
        _certificate = OwnCertificate();
        byte[] pods = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                kind = "PodList",
                apiVersion = "v1",
                metadata = new { },
                items = ports.Select(Pod),
            }
        );
        string head =
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {pods.Length}\r\nConnection: close\r\n\r\n";
        _answer = [.. Encoding.ASCII.GetBytes(head), .. pods];
        _listener.Start();
        _ = Serve();
    }

    /// <summary>What a pod finds in its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What was asked, and with which authorization.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    /// <summary>A node's file that asks this; what a service account has is written beside it.</summary>
    public string NodeFile(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "token"), Token);
        File.WriteAllText(Path.Combine(folder, "ca.crt"), _certificate.ExportCertificatePem());
        int port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KUBERNETES_SERVICE_HOST"] = "127.0.0.1",
            ["KUBERNETES_SERVICE_PORT"] = port.ToString(CultureInfo.InvariantCulture),
            ["POD_NAMESPACE"] = "timers",
        };
        return $$"""
            pvtimer.node { discover = kubernetes }
            akka {
              discovery.kubernetes.service-account = "{{folder}}"
              management.cluster.bootstrap.contact-point-discovery.stable-margin = 1s
            }
            """;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    private static object Pod(int port) =>
        new
        {
            metadata = new { name = $"pvtimer-{port}", labels = new { app = "pvtimer" } },
            spec = new
            {
                containers = new[]
                {
                    new
                    {
                        name = "node",
                        ports = new[] { new { name = "remoting", containerPort = port } },
                    },
                },
            },
            status = new { phase = "Running", podIP = "127.0.0.1" },
        };

    private static X509Certificate2 OwnCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kubernetes", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                _ = Answer(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task Answer(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using SslStream stream = new(client.GetStream());
                await stream.AuthenticateAsServerAsync(_certificate);
                using StreamReader reader = new(stream);
                string first = await reader.ReadLineAsync() ?? "";
                string authorization = "";
                while (await reader.ReadLineAsync() is { Length: > 0 } header)
                {
                    const string Name = "Authorization: ";
                    authorization = header.StartsWith(Name, StringComparison.OrdinalIgnoreCase)
                        ? header[Name.Length..]
                        : authorization;
                }
                if (first.Length == 0)
                {
                    // It did not believe this certificate, and has said nothing.
                    return;
                }
                _asked.Enqueue(
                    $"{first.Replace(" HTTP/1.1", "", StringComparison.Ordinal)}, {authorization}"
                );
                await stream.WriteAsync(_answer);
            }
        }
        catch (IOException)
        {
            // The pod that asked was ended.
        }
    }
}
