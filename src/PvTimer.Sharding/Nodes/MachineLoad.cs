using System;
using System.Globalization;
using System.IO;
using System.Threading;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// How much this machine has to do beyond what it can, as far as its kernel says so: Linux's /proc/loadavg, see proc(5).
/// </summary>
/// <param name="cores">Of the machine.</param>
/// <param name="read">Its /proc/loadavg at the moment.</param>
/// <param name="clock">The time between two looks at it.</param>
internal sealed class MachineLoad(int cores, Func<string> read, TimeProvider clock)
{
    /// <summary>
    /// Threads that want a core, per core, below which nothing is extraordinary: nodes and their launcher, all starting on
    /// one machine, make up as many.
    /// </summary>
    private const double Usual = 8;

    /// <summary>However much there is to do, a process that is silent for eight times as long is gone.</summary>
    private const double Most = 8;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>What was so long ago counts for a third.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly Lock _looking = new();
    private long? _looked;
    private double _wanting;
    private double _overMinute;

    /// <summary>This machine's.</summary>
    public static MachineLoad OfThis { get; } =
        new(CoresOnline(), static () => File.ReadAllText("/proc/loadavg"), TimeProvider.System);

    /// <summary>
    /// By how much longer than usual something may take: 1 up to eight threads that want a core, per core, and
    /// proportionally more beyond, 8 at most. 1 also where the kernel does not say it.
    /// </summary>
    public double Slowness
    {
        get
        {
            lock (_looking)
            {
                TimeSpan since = _looked is { } last
                    ? clock.GetElapsedTime(last)
                    : TimeSpan.MaxValue;
                if (since >= Interval)
                {
                    Look(since);
                    _looked = clock.GetTimestamp();
                }
                return Math.Clamp(Math.Max(_wanting, _overMinute) / cores / Usual, 1, Most);
            }
        }
    }

    private void Look(TimeSpan since)
    {
        try
        {
            (double now, _overMinute) = Parse(read());
            _wanting += (now - _wanting) * (1 - Math.Exp(-since / Memory));
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // Another system, or no descriptor left: what was known holds.
        }
    }

    /// <summary>"0.50 0.40 0.30 24/900 1234": 24 want a core now, half a one over the last minute.</summary>
    /// <exception cref="InvalidDataException">That is not what Linux writes.</exception>
    private static (double Now, double OverMinute) Parse(string text)
    {
        string[] words = text.Split(' ');
        return
            words.Length >= 4
            && double.TryParse(words[0], CultureInfo.InvariantCulture, out double overMinute)
            && int.TryParse(words[3].Split('/')[0], CultureInfo.InvariantCulture, out int now)
            ? (now, overMinute)
            : throw new InvalidDataException($"'{text}' is no /proc/loadavg");
    }

    /// <summary>All of the machine, as the load is; a container may have fewer.</summary>
    private static int CoresOnline()
    {
        try
        {
            int cores = 0;
            foreach (string line in File.ReadLines("/proc/stat"))
            {
                cores +=
                    line.Length > 3
                    && line.StartsWith("cpu", StringComparison.Ordinal)
                    && char.IsAsciiDigit(line[3])
                        ? 1
                        : 0;
            }
            return Math.Max(cores, Environment.ProcessorCount);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Environment.ProcessorCount;
        }
    }
}
