using System;
using System.Collections.Generic;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace PvTimer.Experiments;

/// <summary>
/// Computes side by side on threads of its own. The pool's are for what only waits in this process, a page that is
/// served or a node that answers: two runs that compute there for a second each make it wait for seconds.
/// </summary>
internal static class ComputingThreads
{
    /// <param name="items">Taken one after the other, as threads become free.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="compute">Called on several threads at once; once it has failed, no further item is taken.</param>
    /// <param name="stop">No further item is taken.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="Exception">Of the items that failed, what the first one threw.</exception>
    public static void ForEach<T>(
        IEnumerable<T> items,
        int threads,
        Action<T> compute,
        CancellationToken stop = default
    )
    {
        using Work<T> work = new(items, compute, stop);
        var own = new Thread[threads];
        for (int index = 0; index < own.Length; index++)
        {
            own[index] = new Thread(work.Do) { IsBackground = true, Name = "computing" };
            own[index].Start();
        }
        foreach (Thread each in own)
        {
            each.Join();
        }
        work.Conclude();
    }

    private sealed class Work<T>(IEnumerable<T> items, Action<T> compute, CancellationToken stop)
        : IDisposable
    {
        private readonly IEnumerator<T> _items = items.GetEnumerator();
        private readonly Lock _gate = new();
        private int _taken;
        private (int Number, ExceptionDispatchInfo What)? _failure;

        public void Do()
        {
            while (Take(out T item) is { } number)
            {
                try
                {
                    compute(item);
                }
                catch (Exception e) // reason: thrown by Conclude, on the thread of who called
                {
                    Fail(number, e);
                }
            }
        }

        public void Conclude()
        {
            _failure?.What.Throw();
            stop.ThrowIfCancellationRequested();
        }

        public void Dispose() => _items.Dispose();

        /// <summary>The number of the next item; null: there is none, or none is wanted any more.</summary>
        private int? Take(out T item)
        {
            lock (_gate)
            {
                item = default!; // reason: not looked at without a number
                try
                {
                    if (_failure is not null || stop.IsCancellationRequested || !_items.MoveNext())
                    {
                        return null;
                    }
                    item = _items.Current;
                    return _taken++;
                }
                catch (Exception e) // reason: an item that cannot be had fails as one that cannot be computed
                {
                    Fail(_taken, e);
                    return null;
                }
            }
        }

        private void Fail(int number, Exception e)
        {
            lock (_gate)
            {
                if (_failure is null || number < _failure.Value.Number)
                {
                    _failure = (number, ExceptionDispatchInfo.Capture(e));
                }
            }
        }
    }
}
