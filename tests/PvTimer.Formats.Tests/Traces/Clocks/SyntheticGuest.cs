using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces.Clocks;

/// <summary>
/// A guest with one CPU whose every lateness is known, as text under a clock in seconds: a timer each millisecond or so,
/// and its TSC at any offset and any rate.
/// </summary>
internal sealed record SyntheticGuest(int Seed, double CyclesPerNanosecond, int Timers)
{
    public int DigitsOfSeconds { get; init; } = 6;

    /// <summary>Nothing is more prompt; in nanoseconds.</summary>
    public double Promptest { get; init; } = 4_200;

    /// <summary>What lateness is on top of that, on average; in nanoseconds.</summary>
    public double Spread { get; init; } = 10_000;

    /// <summary>
    /// Of a hundred interrupts, so many come from writes that are not in the recording. One that comes after the
    /// deadline last written is late for it, as far as a recording tells.
    /// </summary>
    public int Strays { get; init; }

    /// <summary>
    /// Clock-monotonic where the recording's clock shows 0, in nanoseconds, as `hrtimer_start expires=` tells it; null:
    /// no hrtimer events.
    /// </summary>
    public long? MonotonicAtZero { get; init; }

    /// <summary>`hrtimer_expire_entry now=` too.</summary>
    public bool SaysNow { get; init; }

    /// <summary>The last line is of another CPU, and older than the first.</summary>
    public bool EndsBeforeItBegan { get; init; }

    private const long Start = 674_642_934_000;
    private const ulong TscAtStart = 1_751_597_318_874;

    /// <summary>The recording, and what is true of it: each lateness in nanoseconds.</summary>
    public (RecordedTrace Trace, ImmutableArray<double> Lateness) Record()
    {
        Random random = new(Seed);
        List<double> lateness = [];
        using StringWriter text = new(CultureInfo.InvariantCulture);
        double now = 0;
        for (int i = 0; i < Timers; i++)
        {
            double wait = 300_000 + (random.NextDouble() * 1_400_000);
            ulong deadline = TscAtStart + (ulong)((now + wait) * CyclesPerNanosecond);
            if (MonotonicAtZero is { } zero)
            {
                long expires = Start + zero + (long)(now + wait);
                Line(
                    text,
                    now - 900,
                    $"hrtimer_start: hrtimer=0 function=f expires={expires} mode=ABS"
                );
            }
            Line(text, now, $"write_msr: 6e0, value {deadline:x}");
            Line(text, now + 1_500, "cpu_idle: state=1 cpu_id=0");
            bool stray = random.Next(100) < Strays;
            double late = Promptest - (Math.Log(1 - random.NextDouble()) * Spread);
            double strayed = random.NextDouble() * 20_000_000;
            if (stray)
            {
                late = strayed - wait;
            }
            now += wait + late;
            if (late >= Promptest)
            {
                lateness.Add(late);
            }
            Line(text, now, "local_timer_entry: vector=236");
            if (SaysNow && MonotonicAtZero is { } monotonic)
            {
                long read = Start + monotonic + (long)now + 400;
                Line(text, now + 900, $"hrtimer_expire_entry: hrtimer=0 function=f now={read}");
            }
            Line(text, now + 3_000, "local_timer_exit: vector=236");
            now += 9_000;
        }
        if (EndsBeforeItBegan)
        {
            text.Write(" <idle>-0 [001] d.... 674.642000: cpu_idle: state=1 cpu_id=1\n");
        }
        return (TraceText.Read(text.ToString()), [.. lateness.Order()]);
    }

    private void Line(StringWriter text, double nanoseconds, string what)
    {
        decimal seconds = decimal.Round(
            (Start + (decimal)nanoseconds) / 1_000_000_000m,
            DigitsOfSeconds
        );
        string stamp = seconds.ToString("F" + DigitsOfSeconds, CultureInfo.InvariantCulture);
        text.Write($" <idle>-0 [000] d.... {stamp}: {what}\n");
    }
}
