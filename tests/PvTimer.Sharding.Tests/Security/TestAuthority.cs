using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Tests.Security;

/// <summary>A certificate authority of a test, with the certificates that it has given out, as PEM files.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pvtimer-ca-").FullName;
    private readonly X509Certificate2 _root;
    private int _given;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), NextMonth);
    }

    private static DateTimeOffset NextMonth => DateTimeOffset.UtcNow.AddDays(30);

    /// <summary>A certificate for a host, or for a client that has none, of one who believes this authority.</summary>
    public MutualTls Give(string? host = "127.0.0.1") => Give(host, _root, [_root]);

    /// <summary>The same, of one who believes another authority, and this one too if asked for.</summary>
    public MutualTls GiveToBelieverIn(TestAuthority other, bool alsoInThis = true) =>
        Give("127.0.0.1", _root, alsoInThis ? [_root, other._root] : [other._root]);

    /// <summary>A certificate that nobody but its owner vouches for, who believes this authority as well.</summary>
    public MutualTls SelfSigned() => Give("127.0.0.1", issuer: null, [_root]);

    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private MutualTls Give(string? host, X509Certificate2? issuer, X509Certificate2[] believed)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string name = $"peer-{_given++}";
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        if (host is not null)
        {
            SubjectAlternativeNameBuilder names = new();
            names.AddIpAddress(IPAddress.Parse(host));
            request.CertificateExtensions.Add(names.Build());
        }
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1);
        DateTimeOffset to = DateTimeOffset.UtcNow.AddDays(7);
        using X509Certificate2 certificate = issuer is null
            ? request.CreateSelfSigned(from, to)
            : request.Create(issuer, from, to, BitConverter.GetBytes(1 + _given));
        File.WriteAllText(PathOf($"{name}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        X509Certificate2[] authorities = issuer is null ? [.. believed, certificate] : believed;
        File.WriteAllLines(
            PathOf($"{name}.authorities"),
            authorities.Select(authority => authority.ExportCertificatePem())
        );
        return MutualTls.Read(
            PathOf($"{name}.crt"),
            PathOf($"{name}.key"),
            PathOf($"{name}.authorities")
        );
    }

    private string PathOf(string name) => Path.Combine(_directory, name);
}
