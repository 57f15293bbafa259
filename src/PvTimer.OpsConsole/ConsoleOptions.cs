using System;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using PvTimer.Sharding.Security;

namespace PvTimer.OpsConsole;

/// <summary>What a console is started with.</summary>
public sealed record ConsoleOptions
{
    /// <summary>The address to listen on; beyond loopback only with a certificate.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>It may change things, too.</summary>
    public bool AllowControl { get; init; }

    /// <summary>What whoever changes something shows; beyond loopback also whoever looks.</summary>
    public required ControlToken Token { get; init; }

    /// <summary>The certificate for HTTPS, with its key; null: HTTP.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Where orders are noted.</summary>
    public required string AuditFile { get; init; }

    /// <summary>Between two samples, at most ten in a second.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether everybody who can connect is on this machine.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Host);

    /// <exception cref="ConsoleException">Something in it cannot be used.</exception>
    internal void Check()
    {
        if (!IsLoopback && Certificate is null)
        {
            throw new ConsoleException(
                $"--host {Host} is not loopback; accepted: a certificate (--certificate and --key), or 127.0.0.1"
            );
        }
        if (Interval < TimeSpan.FromMilliseconds(100))
        {
            throw new ConsoleException($"an interval of {Interval}; accepted: 100 ms or more");
        }
    }
}

/// <summary>A console cannot be started like this; the message is one line.</summary>
public sealed class ConsoleException(string message) : Exception(message);
