using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Engine;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Observing;

/// <summary>The events around a moment as a table that people can read.</summary>
internal static class EventTable
{
    private const int Before = 16;
    private const int Behind = 6;
    private const int After = 4;
    private const int WidestMessage = 96;

    private readonly record struct Row(string Mark, string At, string From, string To, string What);

    /// <param name="log">What has happened.</param>
    /// <param name="pending">What has not.</param>
    /// <param name="nameOf">What entities are called.</param>
    /// <param name="isMeant">Those that the script looked at are marked.</param>
    /// <param name="around">The instants that matter, in order; none: now.</param>
    public static string Of(
        OccurrenceLog log,
        IReadOnlyList<PendingEvent> pending,
        Func<EntityId, string> nameOf,
        Func<Occurrence, bool> isMeant,
        params ReadOnlySpan<VirtualTime> around
    )
    {
        List<Row> rows = [];
        long shown = log.Oldest;
        foreach (VirtualTime instant in around)
        {
            long at = log.FirstAt(instant);
            long behind = Math.Min(
                log.End,
                log.FirstAt(instant + VirtualDuration.Smallest) + Behind
            );
            Show(Math.Max(shown, at - Before), behind);
        }
        if (around.IsEmpty)
        {
            Show(Math.Max(shown, log.End - Before), log.End);
        }
        Omit(log.End);
        rows.Add(new Row("", "now", "", "", ""));
        rows.AddRange(pending.Take(After).Select(next => RowOf(Coming(next), "~", nameOf)));
        return Draw(rows);

        void Show(long from, long to)
        {
            Omit(from);
            for (long number = from; number < to; number++)
            {
                Occurrence past = log[number];
                rows.Add(RowOf(past, isMeant(past) ? ">" : " ", nameOf));
            }
            shown = Math.Max(shown, to);
        }

        void Omit(long upTo)
        {
            if (rows.Count > 0 && upTo > shown)
            {
                rows.Add(new Row("", "...", Text($"({upTo - shown} more)"), "", ""));
            }
        }
    }

    /// <summary>What becomes of an actor that a script has killed.</summary>
    public static string DeathOf(KeyValuePair<string, VirtualTime> killed) =>
        $"{killed.Key} was killed at {TimeText(killed.Value)}; the supervision of its host restarts no "
        + "actor of the machine, and a run without it is broken";

    /// <summary>"100.050 us".</summary>
    public static string TimeText(VirtualTime at) =>
        string.Create(CultureInfo.InvariantCulture, $"{at.Nanoseconds / 1e3:#,0.000} us");

    private static Occurrence Coming(in PendingEvent next) =>
        new(next.Key.Time, next.Key.Source, next.Target, next.Message, next.Key.IsFromOutside);

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);

    private static Row RowOf(in Occurrence past, string mark, Func<EntityId, string> nameOf)
    {
        string from =
            past.IsOutside ? "(script)"
            : past.Source == past.Target ? "(itself)"
            : nameOf(past.Source);
        string what = MessageText.Of(past.What, nameOf);
        return new Row(
            mark,
            TimeText(past.At),
            from,
            nameOf(past.Target),
            what.Length > WidestMessage ? what[..(WidestMessage - 3)] + "..." : what
        );
    }

    private static string Draw(List<Row> rows)
    {
        rows.Insert(0, new Row("", "at", "from", "to", "message"));
        int at = rows.Max(row => row.At.Length);
        int from = rows.Max(row => row.From.Length);
        int to = rows.Max(row => row.To.Length);
        StringBuilder text = new();
        foreach (Row row in rows)
        {
            string line =
                $"  {row.Mark.PadRight(1)} {row.At.PadLeft(at)}  {row.From.PadRight(from)}  {row.To.PadRight(to)}  {row.What}";
            text.Append(line.TrimEnd()).Append('\n');
        }
        return text.ToString();
    }
}
