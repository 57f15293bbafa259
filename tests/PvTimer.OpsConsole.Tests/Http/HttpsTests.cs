using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole.Tests.Http;

/// <summary>A console beyond loopback: HTTPS, and nothing but the page without the token.</summary>
[Collection(nameof(OneConsole))]
public sealed class HttpsTests
{
    [Fact]
    public async Task Everything_but_the_page_needs_the_token()
    {
        using X509Certificate2 certificate = SelfSigned();
        ControlToken token = ControlToken.New();
        FakeCluster cluster = new();
        string folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;
        await using (
            ConsoleServer server = await ConsoleServer.Start(
                new ConsoleOptions
                {
                    Host = IPAddress.Any,
                    Certificate = certificate,
                    Token = token,
                    AuditFile = Path.Combine(folder, "audit.ndjson"),
                },
                cluster,
                cluster
            )
        )
        {
            // Believes this very certificate and no other.
            using SocketsHttpHandler handler = new()
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        CustomTrustStore = { certificate },
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                },
            };
            using HttpClient http = new(handler)
            {
                BaseAddress = new Uri($"https://127.0.0.1:{new Uri(server.Address).Port}"),
            };
            Assert.Equal(HttpStatusCode.OK, await StatusOf(http, "/"));
            Assert.Equal(HttpStatusCode.OK, await StatusOf(http, "/app.js"));
            foreach (
                string path in new[]
                {
                    "/api/cluster",
                    "/metrics",
                    "/cluster/members",
                    "/ready",
                    "/api/control",
                }
            )
            {
                Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(http, path));
                Assert.Equal(
                    HttpStatusCode.Unauthorized,
                    await StatusOf(http, path, "wrong wrong wrong")
                );
                Assert.Equal(HttpStatusCode.OK, await StatusOf(http, path, token.Text));
            }
            Assert.StartsWith("https://", server.Address, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<HttpStatusCode> StatusOf(
        HttpClient http,
        string path,
        string? token = null
    )
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        using HttpResponseMessage answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static X509Certificate2 SelfSigned()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=console", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddHours(-1),
            DateTimeOffset.UtcNow.AddHours(1)
        );
        return X509CertificateLoader.LoadPkcs12(
            made.Export(X509ContentType.Pkcs12),
            password: null
        );
    }
}
