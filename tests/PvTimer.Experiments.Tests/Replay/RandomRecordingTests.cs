using System;
using System.Globalization;
using System.Text;
using PvTimer.Model.Reports;

namespace PvTimer.Experiments.Tests.Replay;

/// <summary>
/// Recordings by chance: one to four CPUs with timers, idle periods, crossing IPIs, broadcasts, self-IPIs and
/// lost lines. Whatever order they are in, the replay comes to every deadline.
/// </summary>
public class RandomRecordingTests
{
    private const int Recordings = 60;
    private const int Lines = 300;

    private static readonly string[] IpiEvents =
    [
        "call_function_single_entry: vector=251",
        "reschedule_entry: vector=253",
        "irq_work_entry: vector=246",
        "call_function_single_exit: vector=251",
        "reschedule_exit: vector=253",
    ];

    [Theory]
    [InlineData("closed-loop")]
    [InlineData("open-loop")]
    public void Every_deadline_is_programmed(string mode)
    {
        for (int seed = 0; seed < Recordings; seed++)
        {
            string text = Recording(seed);

            ExperimentResult result = ReplayRun.OfText(text, "1ghz", "200ms", mode);

            foreach (BackendResult backend in result.Backends)
            {
                ReplayCounts replay = backend.Report.Replay!;
                Assert.True(
                    replay.Programmed == replay.Deadlines
                        && replay is { NotReached: 0, Remaining: 0 },
                    $"seed {seed}: {ReplayRun.Describe(result)}\n{text}"
                );
            }
        }
    }

    private static string Recording(int seed)
    {
        Random random = new(seed);
        int cpus = random.Next(1, 5);
        StringBuilder text = new();
        text.AppendLine(" a-1 [000] d.... 1000000: write_msr: 6e0, value f6950");
        long now = 1_000_000;
        for (int line = 0; line < Lines; line++)
        {
            // Now and then at one instant, mostly a few microseconds on, seldom after a long pause.
            now += random.Next(20) switch
            {
                0 => 0,
                1 => random.Next(1_000_000),
                < 10 => random.Next(2_000),
                _ => random.Next(30_000),
            };
            if (random.Next(12) > 0)
            {
                string task = random.Next(2) == 0 ? "<idle>-0" : "a-1";
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $" {task} [{random.Next(cpus):000}] d.... {now}: {Event(random, now, cpus)}"
                );
            }
        }
        return text.ToString();
    }

    private static string Event(Random random, long now, int cpus) =>
        random.Next(12) switch
        {
            0 => "write_msr: 6e0, value 0",
            1 or 2 => $"write_msr: 6e0, value {now + random.Next(-50_000, 300_000):x}",
            3 => "local_timer_entry: vector=236",
            4 => "local_timer_exit: vector=236",
            5 => $"cpu_idle: state={random.Next(2)} cpu_id=0",
            6 => "cpu_idle: state=4294967295 cpu_id=0",
            7 or 8 => $"write_msr: 830, value {Icr(random, cpus):x}",
            _ => IpiEvents[random.Next(IpiEvents.Length)],
        };

    private static ulong Icr(Random random, int cpus)
    {
        ulong vector = random.Next(3) switch
        {
            0 => 251,
            1 => 253,
            _ => 246,
        };
        return vector
            | random.Next(6) switch
            {
                0 => 1UL << 18,
                1 => 2UL << 18,
                2 => 3UL << 18,
                3 => (1UL << 11) | ((ulong)random.Next(32) << 32),
                // One more than there are: nobody is there.
                _ => (ulong)random.Next(cpus + 1) << 32,
            };
    }
}
