using System.Collections.Immutable;
using System.Diagnostics;
using System.Linq;
using Akka.Actor;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Looks at the regions of a formation here: at a barrier on their own threads, or on the caller's when they have
/// halted. What they show goes to the coordinator.
/// </summary>
internal sealed class FormationLooks(Form form, NodeContext node, EmulatedMachine machine)
{
    private volatile TakeLook? _wanted;
    private volatile int _taken;

    /// <summary>The last look that was taken at a barrier; 0: none.</summary>
    public int Taken => _taken;

    /// <summary>Look at a barrier, as soon as all regions of the run have been asked to.</summary>
    public void Request(TakeLook take, LocalRegions? regions)
    {
        _wanted = take;
        foreach (Region region in regions?.Regions ?? [])
        {
            region.RequestLook(take.Number);
        }
    }

    /// <summary>On a region's thread, at a barrier.</summary>
    public void AtBarrier(Region region, LocalRegions regions)
    {
        if (region.LookDue != 0 && _wanted is { } wanted)
        {
            Take(
                wanted with
                {
                    Number = region.LookDue,
                    Digests = false,
                },
                region,
                regions.KernelOf(region)
            );
            node.Gauge.Look = region.LookDue;
            _taken = region.LookDue;
        }
    }

    /// <summary>The regions have halted.</summary>
    public void TakeNow(TakeLook take, LocalRegions regions)
    {
        foreach (Region region in regions.Regions)
        {
            Take(take, region, regions.KernelOf(region));
        }
    }

    private void Take(TakeLook take, Region region, Kernel kernel)
    {
        long began = Stopwatch.GetTimestamp();
        MachineLook look = machine.Look(region.Reached, kernel.IsResident, take.Request);
        ImmutableArray<EntityDigest>? digests = take.Digests ? DigestsOf(kernel) : null;
        node.Coordinator.Tell(
            new LookTaken(
                form.Epoch,
                take.Number,
                node.Seat.Name,
                kernel.Region,
                region.Round,
                kernel.NextTime == VirtualTime.MaxValue ? null : kernel.NextTime.Nanoseconds,
                look,
                Stopwatch.GetElapsedTime(began).TotalMilliseconds,
                digests
            ),
            ActorRefs.NoSender
        );
    }

    private ImmutableArray<EntityDigest> DigestsOf(Kernel kernel) =>
        [
            .. machine
                .Entities.Select(entity => entity.Id)
                .Where(kernel.IsResident)
                .Select(id => new EntityDigest(id.Index, kernel.DigestOf(id))),
        ];
}
