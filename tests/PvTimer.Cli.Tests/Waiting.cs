using System;
using System.Threading.Tasks;

namespace PvTimer.Cli.Tests;

/// <summary>Waiting for what other processes do.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<T> Until<T>(Func<T?> find, string what)
        where T : class
    {
        DateTime limit = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < limit)
        {
            if (find() is { } found)
            {
                return found;
            }
            await Task.Delay(20);
        }
        throw new TimeoutException($"no {what}");
    }
}
