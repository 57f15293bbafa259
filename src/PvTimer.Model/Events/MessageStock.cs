using System.Runtime.CompilerServices;

namespace PvTimer.Model.Events;

/// <summary>
/// Objects of one kind of message that were handled and may be used again: a field of that kind, one for each thread.
/// </summary>
/// <remarks>
/// A machine sends millions of messages a second, of which few are pending at a time: with a stock of each frequent kind it
/// allocates nothing once as many have been made as are pending at most. An engine gives a message back by
/// <see cref="Message.Recycle"/>, and only where nothing can have kept it (<see cref="IMachine.KeepsMessages"/>).
/// </remarks>
public struct MessageStock<T>
    where T : Message
{
    private T? _first;

    /// <summary>One that was used before; null: there is none.</summary>
    public T? Take()
    {
        T? taken = _first;
        if (taken is not null)
        {
            _first = Unsafe.As<T?>(taken.NextInStock);
            taken.NextInStock = null;
        }
        return taken;
    }

    /// <param name="message">Nothing refers to it any more.</param>
    public void Put(T message)
    {
        message.NextInStock = _first;
        _first = message;
    }
}
