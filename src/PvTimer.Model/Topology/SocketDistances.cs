using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;

namespace PvTimer.Model.Topology;

/// <summary>
/// How far the sockets of a host are from each other, as its firmware says (the System Locality Information Table of ACPI)
/// and `numactl --hardware` prints it: 10 is a socket's distance to itself.
/// </summary>
/// <remarks>
/// A cost profile has two prices, within a socket and between two. Distances are relative latencies, so the prices are
/// those of distances <see cref="Local"/> and <see cref="Usual"/>, and others lie on the line through them: that is a
/// prediction, and no figure that was measured.
/// </remarks>
public sealed class SocketDistances : IEquatable<SocketDistances>
{
    /// <summary>Of a socket to itself.</summary>
    public const int Local = 10;

    /// <summary>Between the sockets of most hosts with two: what a profile's price across sockets is for.</summary>
    public const int Usual = 21;

    /// <summary>The table says 255 of what cannot be reached.</summary>
    public const int Most = 254;

    private readonly ImmutableArray<ImmutableArray<int>> _rows;

    /// <param name="rows">For each socket its distances to all of them.</param>
    /// <exception cref="ArgumentException">See <see cref="FlawOf"/>.</exception>
    public SocketDistances(IEnumerable<ImmutableArray<int>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _rows = [.. rows];
        if (FlawOf(_rows) is { } flaw)
        {
            throw new ArgumentException(flaw, nameof(rows));
        }
        Longest = _rows.Max(row => row.Max());
    }

    /// <summary>How many there are.</summary>
    public int Sockets => _rows.Length;

    /// <summary>Between the two that are farthest from each other.</summary>
    public int Longest { get; }

    /// <summary>How far one socket is from another.</summary>
    /// <param name="one">From 0.</param>
    /// <param name="other">The same one: <see cref="Local"/>.</param>
    public int Between(int one, int other) => _rows[one][other];

    /// <summary>What is wrong with such rows, on one line; null: nothing.</summary>
    /// <param name="rows">For each socket its distances to all of them.</param>
    public static string? FlawOf(ImmutableArray<ImmutableArray<int>> rows)
    {
        for (int one = 0; one < rows.Length; one++)
        {
            if (rows[one].Length != rows.Length)
            {
                return Text(
                    $"row {one} has {rows[one].Length} distances, and there are {rows.Length} rows"
                );
            }
            for (int other = 0; other < rows.Length; other++)
            {
                int distance = rows[one][other];
                if (one == other ? distance != Local : distance is <= Local or > Most)
                {
                    return Text($"from socket {one} to socket {other} it is {distance}");
                }
                if (rows[other].Length > one && rows[other][one] != distance)
                {
                    return Text(
                        $"from socket {one} to socket {other} it is {distance}, and {rows[other][one]} back"
                    );
                }
            }
        }
        return rows.IsEmpty ? "there is no row" : null;
    }

    /// <summary>What something takes at a distance.</summary>
    /// <param name="within">Within a socket.</param>
    /// <param name="across">Between two sockets at the <see cref="Usual"/> distance.</param>
    /// <param name="distance">The distance.</param>
    public static VirtualDuration Price(
        VirtualDuration within,
        VirtualDuration across,
        int distance
    ) =>
        VirtualDuration.FromNanoseconds(
            within.Nanoseconds
                + ((across - within).Nanoseconds * (distance - Local) / (Usual - Local))
        );

    /// <summary>The rows as they are printed: "10 21".</summary>
    public IEnumerable<string> Rows => _rows.Select(row => string.Join(' ', row));

    public bool Equals(SocketDistances? other) =>
        other is not null && Rows.SequenceEqual(other.Rows, StringComparer.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as SocketDistances);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => string.Join(", ", Rows);

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
