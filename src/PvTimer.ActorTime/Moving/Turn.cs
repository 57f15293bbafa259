using System;
using System.Threading;

namespace PvTimer.ActorTime.Moving;

/// <summary>One thread at a time has a script's machine: moves its clock, acts on it, looks at what has happened.</summary>
internal sealed class Turn
{
    private int _thread;
    private int _depth;

    /// <summary>Takes the turn, or takes it once more.</summary>
    /// <exception cref="InvalidOperationException">Another thread has it.</exception>
    public void Take()
    {
        int here = Environment.CurrentManagedThreadId;
        int has = Interlocked.CompareExchange(ref _thread, here, 0);
        if (has != 0 && has != here)
        {
            throw Refusal(has);
        }
        _depth++;
    }

    /// <summary>Gives it back, as often as it was taken.</summary>
    public void GiveBack()
    {
        if (--_depth == 0)
        {
            Volatile.Write(ref _thread, 0);
        }
    }

    /// <exception cref="InvalidOperationException">Another thread has the turn.</exception>
    public void ThrowIfOthers()
    {
        int has = Volatile.Read(ref _thread);
        if (has != 0 && has != Environment.CurrentManagedThreadId)
        {
            throw Refusal(has);
        }
    }

    private static InvalidOperationException Refusal(int has) =>
        new(
            $"two threads use one clock: thread {has} has it, and thread "
                + $"{Environment.CurrentManagedThreadId} wants it; accepted: one after the other"
        );
}
