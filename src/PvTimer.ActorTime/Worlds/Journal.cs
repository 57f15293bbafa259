using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Akka.Actor;

namespace PvTimer.ActorTime.Worlds;

/// <summary>What actors have told each other lately, and how they have failed; for the script that fails.</summary>
internal sealed class Journal
{
    private const int Capacity = 1 << 12;
    private const int Shown = 12;
    private const int WidestMessage = 100;

    private readonly Queue<Told> _told = new();
    private readonly List<(long At, string Actor, Exception Cause)> _failures = [];

    /// <param name="At">Nanoseconds since the world began.</param>
    /// <param name="From">Who told it.</param>
    /// <param name="To">Whom.</param>
    /// <param name="Message">What.</param>
    /// <param name="Fate">What a fault has made of it; empty: it has been put into the mailbox.</param>
    private readonly record struct Told(
        long At,
        IActorRef From,
        IActorRef To,
        object Message,
        string Fate
    );

    /// <summary>Failures of actors, in order: instant, path, exception.</summary>
    public IReadOnlyList<(long At, string Actor, Exception Cause)> Failures => _failures;

    public void Add(long at, IActorRef from, IActorRef to, object message, string fate = "")
    {
        if (_told.Count == Capacity)
        {
            _told.Dequeue();
        }
        _told.Enqueue(new Told(at, from, to, message, fate));
    }

    public void AddFailure(long at, string actor, Exception cause) =>
        _failures.Add((at, actor, cause));

    /// <summary>"of the last 4096 messages 4000 were for /user/loop".</summary>
    public string Busiest()
    {
        KeyValuePair<string, int> most = _told
            .CountBy(told => Text(told.To))
            .MaxBy(pair => pair.Value);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"of the last {_told.Count} messages {most.Value} were for {most.Key ?? "none"}"
        );
    }

    /// <summary>"12.000 us": an instant as tables have it.</summary>
    public static string TimeText(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000_000m:#,0.000000} ms");

    /// <summary>A table of the latest messages, a line each, and the failures.</summary>
    public string Table(long now)
    {
        StringBuilder table = new();
        Told[] shown = [.. _told.Skip(Math.Max(0, _told.Count - Shown))];
        int from = Math.Max(4, shown.Select(told => Text(told.From).Length).DefaultIfEmpty().Max());
        int to = Math.Max(2, shown.Select(told => Text(told.To).Length).DefaultIfEmpty().Max());
        table.Append(
            CultureInfo.InvariantCulture,
            $"{"at", 20}  {"from".PadRight(from)}  {"to".PadRight(to)}  message\n"
        );
        foreach (Told told in shown)
        {
            table.Append(
                CultureInfo.InvariantCulture,
                $"{TimeText(told.At), 20}  {Text(told.From).PadRight(from)}  {Text(told.To).PadRight(to)}  {MessageText(told.Message)}{told.Fate}\n"
            );
        }
        table.Append(CultureInfo.InvariantCulture, $"{TimeText(now), 20}  now\n");
        foreach ((long at, string actor, Exception cause) in _failures.TakeLast(Shown))
        {
            table.Append(
                CultureInfo.InvariantCulture,
                $"{actor} failed at {TimeText(at)}: {cause.GetType().Name}: {cause.Message}\n"
            );
        }
        return table.ToString().TrimEnd('\n');
    }

    /// <summary>A path without address and number; "-" is no actor, such as the script itself.</summary>
    public static string Text(IActorRef? actor) =>
        actor is null || actor.IsNobody() || actor is DeadLetterActorRef
            ? "-"
            : actor.Path.ToStringWithoutAddress();

    /// <summary>A message in one line, as it says itself.</summary>
    public static string MessageText(object message)
    {
        string type = message.GetType().Name;
        string text = message.ToString() ?? "";
        string whole = text.StartsWith(type, StringComparison.Ordinal) ? text : $"{type} {text}";
        string line = whole.ReplaceLineEndings(" ");
        return line.Length <= WidestMessage ? line : $"{line.AsSpan(0, WidestMessage)}...";
    }
}
