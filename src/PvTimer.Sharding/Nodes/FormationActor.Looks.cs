using System.Collections.Immutable;
using System.Diagnostics;
using System.Linq;
using Akka.Actor;
using PvTimer.Engine;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Looks;

namespace PvTimer.Sharding.Nodes;

/// <content>Looks: at a barrier on the regions' threads, or on this actor's own when they have halted.</content>
internal sealed partial class FormationActor
{
    private volatile TakeLook? _lookWanted;
    private int _lookTaken;

    private void OnTakeLook(TakeLook take)
    {
        _lookWanted = take;
        if (_halted is not null)
        {
            TakeLooks(take);
            return;
        }
        foreach (Region region in _regions?.Regions ?? [])
        {
            region.RequestLook(take.Number);
        }
    }

    /// <summary>On a region's thread, at a barrier.</summary>
    private void LookAt(Region region)
    {
        if (_lookWanted is { } wanted)
        {
            Tell(region, wanted with { Number = region.LookDue, Digests = false });
            _node.Gauge.Look = region.LookDue;
            _lookTaken = region.LookDue;
        }
    }

    /// <summary>
    /// The regions have halted: whoever waited for the next barrier is answered, and whoever comes when the run
    /// is over sees how it ended.
    /// </summary>
    private void TakeLastLooks(bool isOver)
    {
        if (isOver)
        {
            TakeLooks(
                new TakeLook(_form.Epoch, LookTaken.LastLook, LookRequest.Sums, Digests: true)
            );
        }
        if (_lookWanted is { } wanted && wanted.Number > _lookTaken)
        {
            TakeLooks(wanted);
        }
    }

    private void TakeLooks(TakeLook take)
    {
        foreach (Region region in _regions!.Regions)
        {
            Tell(region, take);
        }
    }

    private void Tell(Region region, TakeLook take)
    {
        long began = Stopwatch.GetTimestamp();
        Kernel kernel = _regions!.KernelOf(region);
        MachineLook look = _plan.Machine.Look(region.Reached, kernel.IsResident, take.Request);
        ImmutableArray<EntityDigest>? digests = take.Digests ? DigestsOf(kernel) : null;
        _node.Coordinator.Tell(
            new LookTaken(
                _form.Epoch,
                take.Number,
                _node.Seat.Name,
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
            .. _plan
                .Machine.Entities.Select(entity => entity.Id)
                .Where(kernel.IsResident)
                .Select(id => new EntityDigest(id.Index, kernel.DigestOf(id))),
        ];
}
