using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Events;

namespace PvTimer.TestKit.Observing;

/// <summary>
/// What has happened in a script, from its beginning; of a very long one the latest part. A reader that wants
/// more than there is left has to notice: see <see cref="Oldest"/>.
/// </summary>
internal sealed class OccurrenceLog
{
    /// <summary>How many occurrences are kept, at least.</summary>
    public const int Capacity = (Chunks - 1) * ChunkSize;

    private const int Chunks = 257;
    private const int ChunkSize = 1 << 14;

    /// <summary>Out of so many of the latest is said whose they are.</summary>
    private const long Sample = 1 << 14;

    private readonly Occurrence[]?[] _chunks = new Occurrence[]?[Chunks];

    /// <summary>The number of the next occurrence: they are counted from 0.</summary>
    public long End { get; private set; }

    /// <summary>The first one that is still there: those before it are forgotten.</summary>
    public long Oldest => Math.Max(0, (((End - 1) / ChunkSize) - (Chunks - 1)) * ChunkSize);

    /// <summary>One of <see cref="Oldest"/> to <see cref="End"/> - 1.</summary>
    public ref readonly Occurrence this[long number] =>
        ref _chunks[number / ChunkSize % Chunks]![number % ChunkSize]; // reason: Add has made it

    public void Add(in Occurrence occurrence)
    {
        ref Occurrence[]? chunk = ref _chunks[End / ChunkSize % Chunks];
        chunk ??= new Occurrence[ChunkSize];
        chunk[End % ChunkSize] = occurrence;
        End++;
    }

    /// <summary>The first one, from a position on, that happened at an instant or after it.</summary>
    public long FirstAt(Model.Time.VirtualTime instant)
    {
        long low = Oldest;
        long high = End;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (this[middle].At < instant)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return low;
    }

    /// <summary>Whose most of the latest events are, and in words: "of the last 16384 events 9000 were those of h0/pcpu-1".</summary>
    public (EntityId Target, string Text) Busiest(Func<EntityId, string> nameOf)
    {
        if (End == 0)
        {
            return (default, "no event has happened");
        }
        long from = Math.Max(Oldest, End - Sample);
        Dictionary<EntityId, int> by = [];
        for (long number = from; number < End; number++)
        {
            EntityId target = this[number].Target;
            by[target] = by.GetValueOrDefault(target) + 1;
        }
        (EntityId busiest, int count) = by.MaxBy(pair => (pair.Value, -pair.Key.Index));
        return (
            busiest,
            string.Create(
                CultureInfo.InvariantCulture,
                $"of the last {End - from} events {count} were those of {nameOf(busiest)}"
            )
        );
    }
}
