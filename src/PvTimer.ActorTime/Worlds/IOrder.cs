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
    /// <param name="now">The instant, in nanoseconds.</param>
    int Next(IReadOnlyList<Work> ready, long now);

    /// <summary>
    /// Something is put up for a process, a message, a signal, an answer: by the step that is being taken, or by the
    /// script behind the last one.
    /// </summary>
    /// <param name="target">Whose.</param>
    /// <param name="isSignal">It goes before messages.</param>
    void Touched(Process target, bool isSignal);

    /// <summary>The step has ended.</summary>
    /// <param name="messages">
    /// How many of the things that were put up for its process, signals aside, it has taken: of several steps together at
    /// most as many as there were.
    /// </param>
    void Stepped(int messages);
}
