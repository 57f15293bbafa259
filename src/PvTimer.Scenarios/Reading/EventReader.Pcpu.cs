using System;
using System.Globalization;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <content>What is done to a pCPU: firmware takes it for a while, or, if it is the timer CPU, it is unplugged.</content>
internal sealed partial class EventReader
{
    private const string StallKey = "stall";
    private const string OfflineKey = "offline";

    private StallSettings Stall(Settings from, VirtualDuration at, string name)
    {
        (int Host, int Pcpu) where =
            PcpuOf(name)
            ?? throw from.Error(
                StallKey,
                $"there is no pCPU '{name}'",
                Text($"h0/{PcpuPart}0 to h{_hosts - 1}/{PcpuPart}{_host.Cpus - 1}")
            );
        return new StallSettings(
            at,
            where.Host,
            where.Pcpu,
            from.Span("for", VirtualDuration.Smallest, null)
        );
    }

    /// <summary>Only a pCPU on which no vCPU runs can go away without taking one along.</summary>
    private OfflineSettings Offline(Settings from, VirtualDuration at, string name)
    {
        if (_host.TimerCpu is not { } timerCpu || _host.TimerCpuShared)
        {
            throw from.Error(
                OfflineKey,
                "there is no pCPU that is free of vCPUs",
                "a scenario with a timer CPU that is not shared"
            );
        }
        return PcpuOf(name) is { } where && where.Pcpu == timerCpu
            ? new OfflineSettings(at, where.Host, timerCpu)
            : throw from.Error(
                OfflineKey,
                $"'{name}' is no timer CPU",
                _hosts == 1
                    ? Text($"h0/{PcpuPart}{timerCpu}")
                    : Text($"h0/{PcpuPart}{timerCpu} to h{_hosts - 1}/{PcpuPart}{timerCpu}")
            );
    }

    /// <summary>"h1/pcpu-3"; null: there is none of that name.</summary>
    private (int Host, int Pcpu)? PcpuOf(string name)
    {
        string[] parts = name.Split('/');
        return
            parts.Length == 2
            && Number(parts[0], "h") is { } host
            && Number(parts[1], PcpuPart) is { } pcpu
            && host < _hosts
            && pcpu < _host.Cpus
            && name == Text($"h{host}/{PcpuPart}{pcpu}")
            ? (host, pcpu)
            : null;
    }

    private static int? Number(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(
            text.AsSpan(prefix.Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int number
        )
            ? number
            : null;
}
