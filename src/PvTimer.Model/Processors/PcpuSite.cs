using System.Globalization;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>What every part of a pCPU is built with.</summary>
/// <param name="Id">The pCPU's entity.</param>
/// <param name="Host">The host that it is of.</param>
internal sealed record PcpuSite(EntityId Id, HostTopology Host)
{
    public CostProfile Costs => Host.Costs;

    /// <summary>"h0/pcpu-1".</summary>
    public string Name =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Host.Name}/pcpu-{Id.Index - Host.Pcpus[0].Index}"
        );
}
