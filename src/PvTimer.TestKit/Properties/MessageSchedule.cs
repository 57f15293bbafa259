using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Faults;

namespace PvTimer.TestKit.Properties;

/// <summary>What happens to messages on their way while a script runs, said or generated: put in force with <see cref="Apply"/>.</summary>
/// <param name="Faults">The first one that is about a message decides.</param>
public sealed record MessageSchedule(ImmutableArray<MessageFault> Faults)
{
    /// <summary>The longest that a message is late, and the longest until the second one of a doubled message comes.</summary>
    public static readonly VirtualDuration Longest = VirtualDuration.FromMilliseconds(1);

    private static readonly Gen<VirtualDuration> Spans = Gen.OneOf(
        Gen.Long[0, 2_000].Select(VirtualDuration.FromNanoseconds),
        Gen.Long[1, Longest.Nanoseconds].Select(VirtualDuration.FromNanoseconds)
    );

    /// <param name="faults">The first one that is about a message decides.</param>
    public MessageSchedule(params MessageFault[] faults)
        : this(ImmutableArray.Create(faults)) { }

    /// <summary>Nothing happens to any.</summary>
    public static MessageSchedule None { get; } = new(ImmutableArray<MessageFault>.Empty);

    /// <summary>Generated: each may begin at any instant of a script.</summary>
    /// <param name="script">During which they happen.</param>
    /// <param name="most">How many faults, at most; at least 1.</param>
    /// <param name="kinds">Of <see cref="MessageFault.Kinds"/>; none: all of them.</param>
    /// <exception cref="ArgumentException">A kind is none of them.</exception>
    public static Gen<MessageSchedule> Of(
        Scenario script,
        int most = 3,
        params ImmutableArray<Type> kinds
    )
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ImmutableArray<Type> of = kinds.IsDefaultOrEmpty ? MessageFault.Kinds : kinds;
        if (of.FirstOrDefault(kind => !MessageFault.Kinds.Contains(kind)) is { } unknown)
        {
            throw new ArgumentException(
                $"{unknown.Name}; accepted: {string.Join(", ", MessageFault.Kinds.Select(kind => kind.Name))}",
                nameof(kinds)
            );
        }
        (MessageFaultVerb Verb, Type Kind)[] happen =
        [
            .. Enum.GetValues<MessageFaultVerb>()
                .SelectMany(verb => of.Select(kind => (verb, kind)))
                .Where(each => MessageFault.Happens(each.verb, each.kind)),
        ];
        return Gen.Select(
                Gen.Int[0, happen.Length - 1].Select(index => happen[index]),
                Gen.Long[0, script.Duration.Nanoseconds - 1],
                Gen.Int[1, 3],
                Spans,
                (what, from, times, by) =>
                    new MessageFault(
                        what.Verb,
                        what.Kind,
                        VirtualDuration.FromNanoseconds(from),
                        times,
                        what.Verb == MessageFaultVerb.Drop ? VirtualDuration.Zero : by
                    )
            )
            .Array[1, most]
            .Select(faults => new MessageSchedule(faults));
    }

    /// <summary>Whether some message of a kind may be lost, late or doubled.</summary>
    /// <param name="verb">Which of the three.</param>
    /// <param name="kinds">The messages' types; none: any.</param>
    public bool Has(MessageFaultVerb verb, params ImmutableArray<Type> kinds) =>
        Faults.Any(fault =>
            fault.Verb == verb && (kinds.IsDefaultOrEmpty || kinds.Contains(fault.Kind))
        );

    /// <summary>Puts all of it in force in a script. None of it need happen.</summary>
    public void Apply(InjectedFaults faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        foreach (MessageFault fault in Faults)
        {
            faults.Add(fault);
        }
    }

    /// <summary>As a script says it.</summary>
    public override string ToString() =>
        $"new {nameof(MessageSchedule)}({string.Join(", ", Faults.Select(Text))})";

    public bool Equals(MessageSchedule? other) =>
        other is not null && Faults.SequenceEqual(other.Faults);

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>With one fault less, with one that meets fewer messages, with one that begins with the script or takes a rounder span.</summary>
    internal IEnumerable<MessageSchedule> Smaller()
    {
        for (int index = 0; index < Faults.Length; index++)
        {
            yield return new MessageSchedule(Faults.RemoveAt(index));
        }
        for (int index = 0; index < Faults.Length; index++)
        {
            MessageFault fault = Faults[index];
            if (fault.Times > 1)
            {
                yield return With(index, fault.From, times: 1, fault.By);
            }
            foreach (VirtualDuration from in Rounder(fault.From))
            {
                yield return With(index, from, fault.Times, fault.By);
            }
            foreach (VirtualDuration by in Rounder(fault.By))
            {
                yield return With(index, fault.From, fault.Times, by);
            }
        }
    }

    private MessageSchedule With(int index, VirtualDuration from, int times, VirtualDuration by) =>
        new(
            Faults.SetItem(
                index,
                new MessageFault(Faults[index].Verb, Faults[index].Kind, from, times, by)
            )
        );

    private static IEnumerable<VirtualDuration> Rounder(VirtualDuration span) =>
        new long[] { 0, 1_000_000, 100_000, 10_000, 1_000 }
            .Select(grid => grid == 0 ? 0 : span.Nanoseconds / grid * grid)
            .Where(rounder => rounder < span.Nanoseconds)
            .Distinct()
            .Select(VirtualDuration.FromNanoseconds);

    private static string Text(MessageFault fault) =>
        $"new {nameof(MessageFault)}({CodeText.Of(fault.Verb)}, typeof({fault.Kind.Name}), {CodeText.Span(fault.From)}, {CodeText.Of(fault.Times)}, {CodeText.Span(fault.By)})";
}
