using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Engine;
using PvTimer.Model.Looks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Looks;

namespace PvTimer.Sharding.Control;

/// <summary>One look at a run while its parts come in.</summary>
/// <param name="form">The formation.</param>
/// <param name="number">The look.</param>
/// <param name="request">All that is to be shown.</param>
/// <param name="began">When.</param>
internal sealed class LookRound(Form form, int number, LookRequest request, TimeSpan began)
{
    private readonly SortedDictionary<int, LookTaken> _parts = [];

    public int Number => number;

    public long Epoch => form.Epoch;

    public LookRequest Request => request;

    public TimeSpan Began => began;

    /// <summary>Nothing has come in.</summary>
    public bool IsEmpty => _parts.Count == 0;

    public bool IsWhole => _parts.Count == Regions;

    private int Regions => form.Seats.Sum(seat => seat.Regions);

    public void Add(LookTaken part) => _parts[part.Region] = part;

    /// <summary>What has come in so far.</summary>
    /// <param name="phase">What the run is doing.</param>
    public LookAnswer Answer(RunPhase phase)
    {
        LookTaken[] parts = [.. _parts.Values];
        return new LookAnswer(
            form.Run.Id,
            form.Run.Backend,
            phase,
            form.Epoch,
            parts.Length == 0 ? 0 : parts[0].Round,
            Regions,
            parts.Length,
            MissingNodes(),
            0,
            parts.Select(part => part.TookMilliseconds).DefaultIfEmpty().Max(),
            parts.Min(part => part.Next),
            IsWhole ? HashOf(parts) : null,
            parts.Length == 0
                ? null
                : MachineLook.Merge(
                    parts.Aggregate(
                        VirtualTime.Zero,
                        (at, part) => VirtualTime.Max(at, part.Look.At)
                    ),
                    [.. parts.Select(part => part.Look)],
                    request.Timers
                )
        );
    }

    private ImmutableArray<string> MissingNodes()
    {
        ILookup<string, LookTaken> byNode = _parts.Values.ToLookup(
            part => part.Node,
            StringComparer.Ordinal
        );
        return
        [
            .. form
                .Seats.Where(seat => byNode[seat.Name].Count() < seat.Regions)
                .Select(seat => seat.Name),
        ];
    }

    private static string? HashOf(LookTaken[] parts)
    {
        if (Array.Exists(parts, part => part.Digests is null))
        {
            return null;
        }
        ulong[] digests =
        [
            .. parts
                .SelectMany(part => part.Digests!.Value)
                .OrderBy(digest => digest.Entity)
                .Select(digest => digest.Value),
        ];
        return TraceHash.Of(digests);
    }
}
