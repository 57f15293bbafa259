using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Messages;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Faults;

/// <summary>What happens to a message on its way.</summary>
public enum MessageFaultVerb
{
    /// <summary>It is lost.</summary>
    Drop,

    /// <summary>It takes longer.</summary>
    Delay,

    /// <summary>It arrives twice.</summary>
    Duplicate,
}

/// <summary>Some messages of one kind, from an instant on, are lost, late or doubled.</summary>
public sealed record MessageFault
{
    /// <param name="verb">Which of the three.</param>
    /// <param name="kind">The messages' type: one of <see cref="Kinds"/>.</param>
    /// <param name="from">Since the script began, not negative: messages that are sent before are left alone.</param>
    /// <param name="times">So many, at least 1.</param>
    /// <param name="by">
    /// How much longer they take, or how long after the first one the second one comes; not negative. Nothing to one that is
    /// lost.
    /// </param>
    /// <exception cref="NotSupportedException">Nothing in hardware does that to messages of that kind.</exception>
    public MessageFault(
        MessageFaultVerb verb,
        Type kind,
        VirtualDuration from,
        int times = 1,
        VirtualDuration by = default
    )
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentOutOfRangeException.ThrowIfLessThan(from, VirtualDuration.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(by, VirtualDuration.Zero);
        if (!Happens(verb, kind))
        {
            IEnumerable<string> accepted = Kinds
                .Where(each => Happens(verb, each))
                .Select(each => each.Name);
            throw new NotSupportedException(
                $"{verb} of {kind.Name}; accepted: of {string.Join(", ", accepted)}"
            );
        }
        Verb = verb;
        Kind = kind;
        From = from;
        Times = times;
        By = by;
    }

    /// <summary>
    /// Of which kinds they may be: doorbells (<see cref="Ipi"/>), interrupts that are posted (<see cref="PostedInterrupt"/>),
    /// stores to shared pages (<see cref="SharedPageUpdate"/>), which are exchanges and so never doubled, and wake-ups
    /// (<see cref="Wake"/>).
    /// </summary>
    public static ImmutableArray<Type> Kinds { get; } =
    [typeof(Ipi), typeof(PostedInterrupt), typeof(SharedPageUpdate), typeof(Wake)];

    public MessageFaultVerb Verb { get; }

    public Type Kind { get; }

    public VirtualDuration From { get; }

    public int Times { get; }

    public VirtualDuration By { get; }

    /// <summary>Whether it can happen to messages of a kind.</summary>
    internal static bool Happens(MessageFaultVerb verb, Type kind) =>
        Kinds.Contains(kind) && !(verb == MessageFaultVerb.Duplicate && IsExchange(kind));

    /// <summary>The CPU that does it waits until it is done: it is done once.</summary>
    internal static bool IsExchange(Type kind) => kind == typeof(SharedPageUpdate);

    /// <summary>"Drop of Ipi".</summary>
    public string Name => $"{Verb} of {Kind.Name}";

    /// <summary>How long each delivery of a message takes: none if it is lost, two if it is doubled.</summary>
    internal static Func<Transit, ImmutableArray<VirtualDuration>> Deliveries(
        MessageFaultVerb verb,
        VirtualDuration by
    ) =>
        verb switch
        {
            MessageFaultVerb.Drop => static _ => [],
            MessageFaultVerb.Delay => transit => [transit.Latency + by],
            _ => transit => [transit.Latency, transit.Latency + by],
        };

    /// <summary>Puts it in force. It need not meet any message.</summary>
    internal InjectedFault PutIn(FaultLine line, Func<VirtualTime> now)
    {
        VirtualTime begin = VirtualTime.Zero + From;
        return new InjectedFault(
            line,
            new FaultRequest(
                Name,
                Times,
                IsOptional: true,
                transit => transit.At >= begin && transit.Message.GetType() == Kind
            ),
            now,
            Deliveries(Verb, By)
        );
    }
}
