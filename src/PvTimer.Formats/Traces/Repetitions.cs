using System.Collections.Generic;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Finds events that a file has twice: two readings of one buffer, one behind the other. Where no event is older than its
/// CPU's last one there are none, however much two events of one instant look alike.
/// </summary>
internal static class Repetitions
{
    /// <summary>Places in the list of the second and later ones, ascending.</summary>
    /// <param name="events">In the file's order.</param>
    public static IReadOnlyList<int> In(TraceEventList events)
    {
        HashSet<int> behind = NotAhead(events);
        HashSet<(ulong, int)> times = [];
        foreach (int place in behind)
        {
            times.Add((events.StampOf(place), events.CpuOf(place)));
        }
        List<int> repeated = [];
        HashSet<(ulong, int, int, string, string)> seen = [];
        for (int i = 0; i < events.Length && times.Count > 0; i++)
        {
            if (!times.Contains((events.StampOf(i), events.CpuOf(i))))
            {
                continue;
            }
            TraceEvent one = events[i];
            if (!seen.Add((one.At, one.Cpu, one.Pid, one.Name, one.Body)) && behind.Contains(i))
            {
                repeated.Add(i);
            }
        }
        return repeated;
    }

    /// <summary>From the first that is older than its CPU's last one: those that are not newer than it.</summary>
    private static HashSet<int> NotAhead(TraceEventList events)
    {
        HashSet<int> places = [];
        Dictionary<int, ulong> latest = [];
        for (int i = 0; i < events.Length; i++)
        {
            ulong at = events.StampOf(i);
            int cpu = events.CpuOf(i);
            bool isKnown = latest.TryGetValue(cpu, out ulong last);
            if (isKnown && (at < last || (at == last && places.Count > 0)))
            {
                places.Add(i);
            }
            else
            {
                latest[cpu] = at;
            }
        }
        return places;
    }
}
