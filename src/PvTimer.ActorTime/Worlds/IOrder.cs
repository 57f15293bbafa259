using System.Collections.Generic;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// In which order the processes of a world take their steps, where it is free: the one that has been ready longest
/// comes first unless an exploration wants it otherwise.
/// </summary>
internal interface IOrder
{
    /// <summary>Which of those that are ready, at least one, takes the next step.</summary>
    /// <param name="ready">In the order in which they have become so.</param>
    int Next(IReadOnlyList<Work> ready);

    /// <summary>The step that is being taken has put something up for a process: a message, a signal, an answer.</summary>
    /// <param name="target">Whose.</param>
    /// <param name="isSignal">It goes before messages, and all that there are are taken in one step.</param>
    void Touched(Process target, bool isSignal);

    /// <summary>A step has ended.</summary>
    /// <param name="messages">How many messages it has taken from its mailbox.</param>
    void Stepped(int messages);
}
