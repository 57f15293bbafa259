using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace PvTimer.Sharding.Faults;

/// <summary>The faults of a drill; each happens once.</summary>
/// <param name="Faults">In the order in which they were given.</param>
public sealed record FaultSchedule(ImmutableArray<Fault> Faults)
{
    /// <param name="texts">See <see cref="Fault"/>.</param>
    /// <param name="nodes">How many are launched: node-1 and so on; each join adds the next number.</param>
    /// <param name="backends">Those that are run, in order.</param>
    /// <exception cref="FormatException">One of them is no fault, or names what will not be there.</exception>
    public static FaultSchedule Parse(
        IEnumerable<string> texts,
        int nodes,
        IReadOnlyList<string> backends
    )
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Of([.. texts.Select(Fault.Parse)], nodes, backends);
    }

    /// <param name="faults">In any order.</param>
    /// <param name="nodes">See <see cref="Parse"/>.</param>
    /// <param name="backends">See <see cref="Parse"/>.</param>
    /// <exception cref="FormatException">One of them names what will not be there.</exception>
    public static FaultSchedule Of(
        ImmutableArray<Fault> faults,
        int nodes,
        IReadOnlyList<string> backends
    )
    {
        ArgumentNullException.ThrowIfNull(backends);
        int all = nodes + faults.Count(fault => fault.Kind == FaultKind.Join);
        HashSet<string> names =
        [
            .. Enumerable
                .Range(1, all)
                .Select(number => string.Create(CultureInfo.InvariantCulture, $"node-{number}")),
        ];
        foreach (Fault fault in faults)
        {
            string? unknown = fault.Nodes.FirstOrDefault(node =>
                !names.Contains(node) && node != Fault.Coordinator
            );
            if (unknown is not null)
            {
                string known =
                    all == 1
                        ? "node-1"
                        : string.Create(CultureInfo.InvariantCulture, $"node-1 to node-{all}");
                throw new FormatException(
                    $"'{fault}': there will be no '{unknown}'; accepted: {known}, {Fault.Coordinator}"
                );
            }
            if (
                fault.Moment.Backend is { } backend
                && !backends.Contains(backend, StringComparer.Ordinal)
            )
            {
                throw new FormatException(
                    $"'{fault}': '{backend}' is not run; accepted: {string.Join(", ", backends)}"
                );
            }
        }
        return new FaultSchedule(faults);
    }
}
