using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Exploring;

/// <summary>
/// One way for a script to go, where it may go several: at each point where there is a choice, the option
/// that is taken. Option 0 is what happens without any exploring.
/// </summary>
/// <param name="Deviations">By point, counted from 0 in the order of the run, the option; 0 is left out.</param>
public sealed record Schedule(ImmutableSortedDictionary<int, int> Deviations)
{
    /// <summary>What happens without any exploring.</summary>
    public static Schedule Usual { get; } = new(ImmutableSortedDictionary<int, int>.Empty);

    /// <summary>Reads what <see cref="ToString"/> wrote: "3:1 7:2"; "usual" is the one without deviations.</summary>
    /// <exception cref="FormatException">It is no schedule.</exception>
    public static Schedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "usual")
        {
            return Usual;
        }
        var deviations = ImmutableSortedDictionary.CreateBuilder<int, int>();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = word.Split(':');
            if (
                parts.Length != 2
                || !int.TryParse(
                    parts[0],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out int point
                )
                || !int.TryParse(
                    parts[1],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out int option
                )
            )
            {
                throw new FormatException(
                    $"'{word}' is no choice; accepted: point:option such as 3:1"
                );
            }
            deviations[point] = option;
        }
        return new Schedule(deviations.ToImmutable());
    }

    public override string ToString() =>
        Deviations.IsEmpty
            ? "usual"
            : string.Join(
                ' ',
                Deviations.Select(each =>
                    string.Create(CultureInfo.InvariantCulture, $"{each.Key}:{each.Value}")
                )
            );

    public bool Equals(Schedule? other) =>
        other is not null && Deviations.SequenceEqual(other.Deviations);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

/// <summary>A point of a run at which there was a choice.</summary>
/// <param name="Option">What was taken.</param>
/// <param name="HasNext">There is an option after this one.</param>
/// <param name="What">What that meant, in one line.</param>
/// <param name="Last">The number of the last option; null: nothing says how many there are.</param>
internal sealed record ChoicePoint(int Option, bool HasNext, string What, int? Last);

/// <summary>Makes the choices of one run, and remembers where there were any.</summary>
/// <param name="optionAt">What is to be taken at a point, of those that are ready; none where it is a machine's choice.</param>
internal sealed class Chooser(Func<int, IReadOnlyList<Work>, int> optionAt)
{
    private readonly List<ChoicePoint> _points = [];
    private readonly HashSet<int> _processes = [];

    /// <summary>Along a schedule.</summary>
    public Chooser(Schedule schedule)
        : this((point, _) => schedule.Deviations.GetValueOrDefault(point)) { }

    public IReadOnlyList<ChoicePoint> Points => _points;

    /// <summary>How many processes were ready where others were, too.</summary>
    public int Processes => _processes.Count;

    /// <summary>What is different from the usual run, a line each.</summary>
    public ImmutableArray<string> Deviations =>
        [.. _points.Where(point => point.Option != 0).Select(point => point.What)];

    /// <summary>What is to be taken at the point that comes now, of as many options as there are.</summary>
    public int Next => optionAt(_points.Count, []);

    /// <summary>Who is to go first at the point that comes now, of those that are ready.</summary>
    public int NextOf(IReadOnlyList<Work> ready)
    {
        foreach (Work work in ready)
        {
            _processes.Add(work.Process.Number);
        }
        return Math.Min(optionAt(_points.Count, ready), ready.Count - 1);
    }

    /// <summary>Says what became of it: an option that does not exist is the last one that does.</summary>
    public void Took(int option, bool hasNext, string what, int? last = null) =>
        _points.Add(new ChoicePoint(option, hasNext, what.ReplaceLineEndings(" "), last));

    /// <summary>The choices that were made, as a schedule.</summary>
    public Schedule ToSchedule() =>
        new(
            _points
                .Select((point, index) => (index, point.Option))
                .Where(pair => pair.Option != 0)
                .ToImmutableSortedDictionary(pair => pair.index, pair => pair.Option)
        );
}
