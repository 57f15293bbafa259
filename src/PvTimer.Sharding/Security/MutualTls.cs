using System;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using PvTimer.Sharding.Nodes;

namespace PvTimer.Sharding.Security;

/// <summary>
/// Who this process is to its peers, and whom it believes: on every connection both ends show a certificate,
/// and each has to come from one of our own authorities. What the operating system trusts counts for nothing.
/// </summary>
/// <remarks>
/// The one who dials also compares the host that it dialled with the names and addresses in the certificate
/// (subjectAltName): nobody can stand in for a node whose certificate he has not got. Of the one who dials
/// in no name is compared, as clients have none: a client with a certificate of ours may connect and look; for more
/// it has to know the token.
/// </remarks>
public sealed class MutualTls
{
    private readonly X509Certificate2 _own;
    private readonly X509Certificate2Collection _authorities;

    private MutualTls(X509Certificate2 own, X509Certificate2Collection authorities)
    {
        _own = own;
        _authorities = authorities;
    }

    /// <summary>Reads PEM files.</summary>
    /// <param name="certificateFile">Our certificate.</param>
    /// <param name="keyFile">Its private key, not encrypted: let nobody else read it.</param>
    /// <param name="authoritiesFile">The certificates of the authorities that peers are believed by, at least one.</param>
    /// <exception cref="NodeOptionsException">One of them is not there or is something else.</exception>
    public static MutualTls Read(string certificateFile, string keyFile, string authoritiesFile)
    {
        try
        {
            using var read = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            // Some systems' TLS cannot use a key that was never in a store: this way round all of them can.
            X509Certificate2 own = X509CertificateLoader.LoadPkcs12(
                read.Export(X509ContentType.Pkcs12),
                password: null
            );
            X509Certificate2Collection authorities = [];
            authorities.ImportFromPemFile(authoritiesFile);
            return authorities.Count > 0
                ? new MutualTls(own, authorities)
                : throw new NodeOptionsException(
                    $"{authoritiesFile}: no certificate; accepted: those of the authorities, PEM"
                );
        }
        catch (Exception e)
            when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new NodeOptionsException(
                $"TLS with {certificateFile}, {keyFile} and {authoritiesFile}: {e.Message}"
            );
        }
    }

    /// <summary>What an actor system is started with.</summary>
    /// <param name="config">With <see cref="Switch"/> in it, if there is TLS.</param>
    /// <param name="tls">Null: none.</param>
    /// <param name="connections">How its connections prove who they are.</param>
    internal static ActorSystemSetup Setup(
        Config config,
        MutualTls? tls,
        ConnectionSetup connections
    )
    {
        ActorSystemSetup plain = BootstrapSetup.Create().WithConfig(config).And(connections);
        return tls is null ? plain : plain.And(new TlsSetup(tls));
    }

    /// <summary>The Akka configuration that has the transport use it.</summary>
    internal const string Switch = $"""

        akka.remote.dot-netty.tcp.{AuthenticatedTransport.TcpKey} = "{TlsTransport.TypeName}"
        """;

    /// <summary>Older ones are not spoken; two ends of today speak the newest.</summary>
    private const SslProtocols Versions = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>What would keep every peer from believing a node with it; null: nothing.</summary>
    /// <param name="host">The host that others dial.</param>
    internal string? FlawAt(string host) =>
        FlawOf(_own, sent: null)
        ?? (_own.MatchesHostname(host) ? null : $"it does not name {host} (subjectAltName)");

    /// <summary>Of the end that takes a connection.</summary>
    /// <param name="refused">Told why a peer is not believed.</param>
    internal SslServerAuthenticationOptions ServerOptions(Action<string> refused) =>
        new()
        {
            ServerCertificateContext = Shown(),
            ClientCertificateRequired = true,
            EnabledSslProtocols = Versions,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, shown, sent, errors) =>
                IsBelieved(shown as X509Certificate2, sent, errors, refused),
        };

    /// <summary>Of the end that opens a connection.</summary>
    /// <param name="host">What it dials.</param>
    /// <param name="refused">Told why a peer is not believed.</param>
    internal SslClientAuthenticationOptions ClientOptions(string host, Action<string> refused) =>
        new()
        {
            TargetHost = host,
            ClientCertificateContext = Shown(),
            EnabledSslProtocols = Versions,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, shown, sent, errors) =>
                IsBelieved(shown as X509Certificate2, sent, errors, refused),
        };

    private SslStreamCertificateContext Shown() =>
        SslStreamCertificateContext.Create(_own, additionalCertificates: null, offline: true);

    private bool IsBelieved(
        X509Certificate2? shown,
        X509Chain? sent,
        SslPolicyErrors errors,
        Action<string> refused
    )
    {
        string? refusal =
            shown is null ? "it shows no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"its certificate is for {shown.GetNameInfo(X509NameType.DnsName, forIssuer: false)}"
            : FlawOf(shown, sent);
        if (refusal is not null)
        {
            refused(refusal);
        }
        return refusal is null;
    }

    /// <summary>Why the certificate does not come from one of our authorities; null if it does.</summary>
    private string? FlawOf(X509Certificate2 shown, X509Chain? sent)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        foreach (X509ChainElement element in sent?.ChainElements.AsEnumerable() ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        return chain.Build(shown)
            ? null
            : string.Join(
                "; ",
                chain.ChainStatus.Select(status => status.StatusInformation.Trim())
            );
    }
}

/// <summary>What an actor system whose connections have TLS is started with.</summary>
internal sealed class TlsSetup(MutualTls tls) : Setup
{
    public MutualTls Tls => tls;
}
