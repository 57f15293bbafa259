using System;
using System.Globalization;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <content>What is done to the timer CPU: firmware takes it for a while, or it is unplugged.</content>
internal sealed partial class EventReader
{
    private const string StallKey = "stall";
    private const string OfflineKey = "offline";

    private StallSettings Stall(Settings from, VirtualDuration at, string name)
    {
        (int host, int pcpu) = TimerCpu(from, StallKey, name);
        return new StallSettings(at, host, pcpu, from.Span("for", VirtualDuration.Smallest, null));
    }

    private OfflineSettings Offline(Settings from, VirtualDuration at, string name)
    {
        (int host, int pcpu) = TimerCpu(from, OfflineKey, name);
        return new OfflineSettings(at, host, pcpu);
    }

    /// <summary>Only a pCPU on which no vCPU runs can go away without taking one along.</summary>
    private (int Host, int Pcpu) TimerCpu(Settings from, string key, string name)
    {
        if (_host.TimerCpu is not { } timerCpu || _host.TimerCpuShared)
        {
            throw from.Error(
                key,
                "there is no pCPU that is free of vCPUs",
                "a scenario with a timer CPU that is not shared"
            );
        }
        string prefix = name.Split('/')[0];
        bool known =
            prefix.StartsWith('h')
            & int.TryParse(
                prefix.AsSpan(Math.Min(1, prefix.Length)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out int host
            );
        return known && host < _hosts && name == Text($"h{host}/{PcpuPart}{timerCpu}")
            ? (host, timerCpu)
            : throw from.Error(
                key,
                $"'{name}' is no timer CPU",
                _hosts == 1
                    ? Text($"h0/{PcpuPart}{timerCpu}")
                    : Text($"h0/{PcpuPart}{timerCpu} to h{_hosts - 1}/{PcpuPart}{timerCpu}")
            );
    }
}
