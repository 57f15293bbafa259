using System.Collections.Generic;

namespace PvTimer.Sharding.Coordination;

/// <summary>Who is still to be answered, by number; of too many the one who has waited longest is forgotten.</summary>
/// <typeparam name="T">How one is reached.</typeparam>
internal sealed class Askers<T>
    where T : class
{
    /// <summary>So many of those who asked last may still be answered.</summary>
    public const int Most = 10_000;

    private readonly Dictionary<long, T> _waiting = [];
    private long _asked;

    public int Count => _waiting.Count;

    /// <summary>One more, and its number.</summary>
    public long Add(T asker)
    {
        _waiting[++_asked] = asker;
        _waiting.Remove(_asked - Most);
        return _asked;
    }

    /// <summary>Whom an answer is for, once; null: it was answered, or is forgotten.</summary>
    public T? Take(long number) => _waiting.Remove(number, out T? asker) ? asker : null;
}
