using System.Collections.Generic;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Finds the time stamps that cannot be: one line's damage must not become an hour of virtual time, nor make
/// the good lines around it look damaged.
/// </summary>
/// <remarks>
/// <para>
/// A CPU's stamps never go back by more than a moment. Where they do, the longest series of a CPU's events that
/// does not go back is taken to be right, and what does not fit it is damaged: one stamp that is far ahead, or
/// far behind, of those that go on as before. A real gap goes forward and stays: what follows it fits. A longer
/// run of events that does not fit is no damage to stamps; it is sorted in, and said.
/// </para>
/// <para>
/// At the two ends of a recording nothing goes on. There one or two events that lie alone,
/// <see cref="Alone"/> away from all others, are damaged.
/// </para>
/// </remarks>
internal sealed class TraceStamps
{
    /// <summary>
    /// Cycles or nanoseconds: 20 to 100 ms. Nested interrupts and late buffers set stamps back by less.
    /// </summary>
    private const ulong Moment = 100_000_000;

    /// <summary>Cycles or nanoseconds: 20 to 100 s. A guest that does anything has a timer before that.</summary>
    private const ulong Alone = 100_000_000_000;

    /// <summary>A longer run of events that does not fit was put there, not damaged.</summary>
    private const int LongestDamage = 16;

    private const int MostAlone = 2;

    /// <summary>Events looked at from each end.</summary>
    private const int NearEnd = 16;

    /// <summary>Without so many others nothing is alone: of two events, each lies as far from the other.</summary>
    private const int FewestOthers = 2;

    private readonly TraceEventList _events;
    private readonly bool[] _damaged;

    private TraceStamps(TraceEventList events)
    {
        _events = events;
        _damaged = new bool[events.Length];
    }

    /// <summary>Places in the list of the events whose stamps cannot be, ascending.</summary>
    /// <param name="events">In the file's order.</param>
    /// <param name="clock">What most stamps count; others cannot be.</param>
    public static IReadOnlyList<int> Damaged(TraceEventList events, TraceClock clock)
    {
        TraceStamps stamps = new(events);
        stamps.MarkOtherClocks(clock);
        foreach (List<int> ofCpu in stamps.CpusThatGoBack().Values)
        {
            stamps.MarkWhatDoesNotFit(ofCpu);
        }
        stamps.MarkAlone(ahead: true);
        stamps.MarkAlone(ahead: false);
        return stamps.Marked();
    }

    /// <summary>
    /// Whether stamps go back so often that they must be differences from line to line
    /// (`perf script --deltatime`).
    /// </summary>
    public static bool AreDifferences(TraceEventList events)
    {
        const int Fewest = 16;
        const int ShareThatGoesBack = 4;
        int back = 0;
        for (int i = 1; i < events.Length; i++)
        {
            back += events.StampOf(i) < events.StampOf(i - 1) ? 1 : 0;
        }
        return events.Length >= Fewest && back > events.Length / ShareThatGoesBack;
    }

    private void MarkOtherClocks(TraceClock clock)
    {
        for (int i = 0; i < _damaged.Length; i++)
        {
            _damaged[i] = _events.ClockOf(i) != clock;
        }
    }

    private SortedDictionary<int, List<int>> CpusThatGoBack()
    {
        Dictionary<int, ulong> last = [];
        SortedDictionary<int, List<int>> goBack = [];
        for (int i = 0; i < _damaged.Length; i++)
        {
            if (_damaged[i])
            {
                continue;
            }
            int cpu = _events.CpuOf(i);
            ulong at = _events.StampOf(i);
            if (last.TryGetValue(cpu, out ulong before) && GoesBack(before, at))
            {
                goBack[cpu] = [];
            }
            last[cpu] = at;
        }
        for (int i = 0; i < _damaged.Length && goBack.Count > 0; i++)
        {
            if (!_damaged[i] && goBack.TryGetValue(_events.CpuOf(i), out List<int>? places))
            {
                places.Add(i);
            }
        }
        return goBack;
    }

    private static bool GoesBack(ulong before, ulong at) => at < before && before - at > Moment;

    private void MarkWhatDoesNotFit(List<int> places)
    {
        bool[] fits = LongestSeries(places);
        int start = 0;
        while (start < places.Count)
        {
            int end = start;
            while (end < places.Count && fits[end] == fits[start])
            {
                end++;
            }
            if (!fits[start] && end - start <= LongestDamage)
            {
                for (int i = start; i < end; i++)
                {
                    _damaged[places[i]] = IsFar(places, start - 1, i) || IsFar(places, i, end);
                }
            }
            start = end;
        }
    }

    /// <summary>Whether two events, the earlier one of the file first, are in the wrong order by more than a moment.</summary>
    private bool IsFar(List<int> places, int one, int other) =>
        one >= 0
        && other < places.Count
        && GoesBack(_events.StampOf(places[one]), _events.StampOf(places[other]));

    /// <summary>
    /// Which events are in the longest series that does not go back (patience sorting). Of two equally long
    /// ones that with the earlier end, and with the later beginning.
    /// </summary>
    private bool[] LongestSeries(List<int> places)
    {
        int[] previous = new int[places.Count];
        List<int> ends = [];
        for (int i = 0; i < places.Count; i++)
        {
            int length = LongestThatEndsBy(places, ends, _events.StampOf(places[i]));
            previous[i] = length == 0 ? -1 : ends[length - 1];
            if (length == ends.Count)
            {
                ends.Add(i);
            }
            else
            {
                ends[length] = i;
            }
        }
        bool[] fits = new bool[places.Count];
        int at = ends.Count == 0 ? -1 : ends[^1];
        int second = -1;
        int first = -1;
        while (at >= 0)
        {
            fits[at] = true;
            (second, first) = (first, at);
            at = previous[at];
        }
        TakeLaterBeginning(places, fits, first, second);
        return fits;
    }

    /// <summary>The length of the longest series that ends at or before a stamp.</summary>
    private int LongestThatEndsBy(List<int> places, List<int> ends, ulong stamp)
    {
        int low = 0;
        int high = ends.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (_events.StampOf(places[ends[middle]]) <= stamp)
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

    private void TakeLaterBeginning(List<int> places, bool[] fits, int first, int second)
    {
        if (second < 0)
        {
            return;
        }
        ulong limit = _events.StampOf(places[second]);
        int best = first;
        for (int i = 0; i < second; i++)
        {
            ulong at = _events.StampOf(places[i]);
            best = at <= limit && at > _events.StampOf(places[best]) ? i : best;
        }
        fits[first] = false;
        fits[best] = true;
    }

    private void MarkAlone(bool ahead)
    {
        List<int> end = AtTheEnd(ahead);
        int from = 0;
        int alone = 1;
        while (alone <= MostAlone && from + alone < end.Count)
        {
            int rest = from + alone;
            if (Distance(end[rest - 1], end[rest]) <= Alone)
            {
                alone++;
                continue;
            }
            if (end.Count < rest + FewestOthers)
            {
                return;
            }
            for (; from < rest; from++)
            {
                _damaged[end[from]] = true;
            }
            alone = 1;
        }
    }

    private ulong Distance(int one, int other)
    {
        ulong a = _events.StampOf(one);
        ulong b = _events.StampOf(other);
        return a > b ? a - b : b - a;
    }

    /// <summary>The latest events, or the earliest, the outermost first.</summary>
    private List<int> AtTheEnd(bool ahead)
    {
        List<int> end = [];
        for (int i = 0; i < _damaged.Length; i++)
        {
            if (_damaged[i] || (end.Count == NearEnd && !IsOutside(i, end[^1], ahead)))
            {
                continue;
            }
            int at = end.Count;
            while (at > 0 && IsOutside(i, end[at - 1], ahead))
            {
                at--;
            }
            end.Insert(at, i);
            if (end.Count > NearEnd)
            {
                end.RemoveAt(NearEnd);
            }
        }
        return end;
    }

    private bool IsOutside(int one, int other, bool ahead) =>
        ahead
            ? _events.StampOf(one) > _events.StampOf(other)
            : _events.StampOf(one) < _events.StampOf(other);

    private List<int> Marked()
    {
        List<int> marked = [];
        for (int i = 0; i < _damaged.Length; i++)
        {
            if (_damaged[i])
            {
                marked.Add(i);
            }
        }
        return marked;
    }
}
