using System;
using System.Collections.Concurrent;
using System.Threading;
using System.Threading.Tasks;

namespace PvTimer.Sharding.Launching;

/// <summary>
/// One thread that executes all processes, and lives as long as they may: what Linux ties a process to is the
/// thread that launched it, see <see cref="ProcessSignals.EndWithLauncher"/>.
/// </summary>
internal static class LaunchingThread
{
    private static readonly BlockingCollection<Action> Work = [];

    private static readonly Thread Own = Begin();

    /// <summary>Executes something there and waits for it.</summary>
    public static void Execute(Action launch)
    {
        TaskCompletionSource done = new();
        Work.Add(() =>
        {
            try
            {
                launch();
                done.SetResult();
            }
            // reason: whatever it is, it belongs to the caller
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        done.Task.GetAwaiter().GetResult();
    }

    private static Thread Begin()
    {
        Thread thread = new(() =>
        {
            foreach (Action launch in Work.GetConsumingEnumerable())
            {
                launch();
            }
        })
        {
            IsBackground = true,
            Name = "launching",
        };
        thread.Start();
        return thread;
    }
}
