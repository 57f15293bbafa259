using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// Everything that is used of Akka and of tasks and that they do not promise to keep. AkkaInternalsTests notices
/// when one of them changes.
/// </summary>
internal static class AkkaInternals
{
    /// <summary>TaskCreationOptions.RunContinuationsAsynchronously, as a task keeps it.</summary>
    private const int RunContinuationsAsynchronously = 0x40;

    private const BindingFlags Fields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The actor as whom this thread acts: Context, Self and Sender are taken from it.</summary>
    public static ActorCell? ActingAs
    {
        get => InternalCurrentActorCellKeeper.Current;
        set => InternalCurrentActorCellKeeper.Current = value;
    }

    /// <summary>Whose messages a mailbox holds.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    public static extern ActorCell? CellOf(Mailbox mailbox);

    /// <summary>The actors right below /user.</summary>
    public static IReadOnlyList<IInternalActorRef> UserActors(ActorSystem system) =>
        [.. ((LocalActorRef)((ExtendedActorSystem)system).Guardian).Cell.GetChildren()];

    /// <summary>The message in whose handler an actor awaits; null: it awaits nothing.</summary>
    public static object? AwaitedIn(ActorCell cell) => cell.TaskScheduler.CurrentMessage;

    /// <summary>
    /// What waits for a task goes on where the task is completed, and not on a thread of the pool: there alone it is
    /// in virtual time.
    /// </summary>
    public static void ContinueWhereCompleted(Task task) =>
        StateOf(task) &= ~RunContinuationsAsynchronously;

    /// <summary>
    /// The source of the time-out of an Ask: it is held by the first thing that waits for the answer, a function that
    /// cleans up.
    /// </summary>
    /// <param name="answer">The task that Ask has made, before anything else waits for it.</param>
    /// <returns>Null: the Ask has no time-out.</returns>
    public static (CancellationTokenSource Source, TimeSpan After)? TimeoutOf(Task answer)
    {
        object? closure = ClosureOf(answer);
        CancellationTokenSource? source = null;
        TimeSpan? after = null;
        foreach (FieldInfo field in closure?.GetType().GetFields(Fields) ?? [])
        {
            switch (field.GetValue(closure))
            {
                case CancellationTokenSource found:
                    source = found;
                    break;
                case TimeSpan found:
                    after = found;
                    break;
            }
        }
        return source is not null && after is { } span ? (source, span) : null;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_stateFlags")]
    private static extern ref int StateOf(Task task);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_continuationObject")]
    private static extern ref object? ContinuationOf(Task task);

    /// <summary>What the function was compiled into that goes on first when a task is completed.</summary>
    private static object? ClosureOf(Task answer)
    {
        object? continuation = ContinuationOf(answer);
        return
            continuation?.GetType().GetField("m_task", Fields)?.GetValue(continuation) is Task first
            ? (typeof(Task).GetField("m_action", Fields)?.GetValue(first) as Delegate)?.Target
            : null;
    }
}
