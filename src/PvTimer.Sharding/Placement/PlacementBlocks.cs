using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace PvTimer.Sharding.Placement;

/// <summary>
/// Which shard each cell is in. Akka places shards one by one, and writes the list of all of them to a majority of the
/// nodes each time: a thousand take ten seconds. So cells are placed in blocks, of which there are about as many
/// however many cells there are.
/// </summary>
/// <remarks>
/// <code>
///   cells            h0 h1 h2 h3 | h4 h5 h6 h7 | h8 ...      stripes of equal length
///   on nodes          1  1  1  1    1  1  2  2    2
///   blocks           h0..h3        h4..h5 h6..h7  h8 ...     a stripe that is on two nodes is two blocks
/// </code>
/// A cell that is moved alone so becomes a block of its own and leaves two in its place; the other stripes stay what
/// they were. Coordinator and nodes find the same blocks, each from the formation.
/// </remarks>
internal static class PlacementBlocks
{
    /// <summary>Up to so many cells each is a shard of its own.</summary>
    public const int MostStripes = 96;

    /// <summary>For each cell its block's name: that of its only cell, or of its first and its last.</summary>
    /// <param name="cells">The names of all cells of a machine, in order.</param>
    /// <param name="homes">For each of them where it is.</param>
    public static ImmutableDictionary<string, string> Of<THome>(
        ImmutableArray<string> cells,
        ImmutableArray<THome> homes
    )
    {
        int length = Math.Max(1, (cells.Length + MostStripes - 1) / MostStripes);
        ImmutableDictionary<string, string>.Builder blocks = ImmutableDictionary.CreateBuilder<
            string,
            string
        >(StringComparer.Ordinal);
        for (int first = 0, next; first < cells.Length; first = next)
        {
            next = EndOf(first, length, homes);
            string name = next == first + 1 ? cells[first] : $"{cells[first]}..{cells[next - 1]}";
            for (int cell = first; cell < next; cell++)
            {
                blocks.Add(cells[cell], name);
            }
        }
        return blocks.ToImmutable();
    }

    private static int EndOf<THome>(int first, int length, ImmutableArray<THome> homes)
    {
        int end = Math.Min(homes.Length, ((first / length) + 1) * length);
        int next = first + 1;
        while (next < end && EqualityComparer<THome>.Default.Equals(homes[next], homes[first]))
        {
            next++;
        }
        return next;
    }
}
