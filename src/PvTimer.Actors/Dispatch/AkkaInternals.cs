using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace PvTimer.Actors.Dispatch;

/// <summary>
/// Everything that is used of Akka and that Akka does not promise to keep: private members, and public ones of
/// its namespaces and interfaces for internal use. AkkaInternalsTests notices when one of them changes.
/// </summary>
/// <remarks>
/// A machine's event is handed to its actor's cell on the region's own thread, without the mailbox: that is
/// what makes an event cost a fraction of a Tell. The mailbox still decides whether a cell takes messages.
/// </remarks>
public static class AkkaInternals
{
    /// <summary>The actor as whom this thread acts: Context, Self and Sender are taken from it.</summary>
    internal static ActorCell? ActingAs
    {
        get => InternalCurrentActorCellKeeper.Current;
        set => InternalCurrentActorCellKeeper.Current = value;
    }

    /// <summary>What runs an actor of this process, a child of another one: those have started.</summary>
    internal static ActorCell CellOf(IActorRef actor) => ((LocalActorRef)actor).Cell;

    /// <summary>What a cell's messages wait in; as a job it delivers them, one at a time.</summary>
    internal static Mailbox MailboxOf(ActorCell cell) => cell.Mailbox!; // reason: a started cell has one

    /// <summary>Whether its actor may take messages from a stash: these go to the front of the mailbox.</summary>
    internal static bool HasStash(ActorCell cell) =>
        MailboxOf(cell).MessageQueue is IDequeBasedMessageQueueSemantics;

    /// <summary>
    /// Neither suspended nor closed: Akka's own mailbox asks this before each message. The cell then takes a
    /// message by <see cref="Invoke"/>.
    /// </summary>
    internal static bool TakesMessages(ActorCell cell) => ShouldProcessMessage(MailboxOf(cell));

    /// <summary>Has a cell handle a message here and now, failures and supervision included.</summary>
    internal static void Invoke(ActorCell cell, in Envelope envelope)
    {
        InternalCurrentActorCellKeeper.Current = cell;
        cell.Invoke(envelope);
    }

    /// <summary>The actor that an actor of this process is a child of; null: it is of another process.</summary>
    public static IActorRef? ParentOf(IActorRef actor) => (actor as IInternalActorRef)?.Parent;

    [UnsafeAccessor(UnsafeAccessorKind.Method)]
    private static extern bool ShouldProcessMessage(Mailbox mailbox);
}
