using CsCheck;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Whatever happens to a trace's characters, it is read or refused, never a crash.</summary>
public class TraceDamagePropertyTests
{
    private static string[] Samples { get; } =
    [
        """
            # entries-in-buffer/entries-written: 7/7   #P:2
             a-1 [000] ..... 1000: write_msr: 6e0, value 7d0
             a-1 [000] ..... 1200: write_msr: 830, value 1000000fb
             <idle>-0 [001] d.h1. 1900: call_function_single_entry: vector=251
             <idle>-0 [000] d..1. 1500: cpu_idle: state=1 cpu_id=0
             <idle>-0 [000] d.h1. 3500: local_timer_entry: vector=236
             <idle>-0 [000] d.h1. 3600: local_timer_exit: vector=236
            CPU:0 [LOST 4 EVENTS]
            """,
        """
            swapper     0 [000]     0.000001: msr:write_msr: 6e0, value f4a10
            swapper     0 [000]     0.000002: irq_vectors:local_timer_entry: vector=236
            swapper     0 [000]     0.000003: msr:write_msr: 6e0, value f59b0
            swapper     0 [000]     0.000006: irq_vectors:local_timer_entry: vector=236
            """,
    ];

    [Fact]
    public void Trace_with_damaged_characters_accounts_for_every_line()
    {
        Gen<(int At, char Put)> damage = Gen.Select(Gen.Int[0, 400], Gen.Char[' ', '~']);
        Gen.Select(Gen.Int[0, Samples.Length - 1], damage.Array[1, 6])
            .Sample(
                (which, damages) =>
                {
                    char[] text = Samples[which].ToCharArray();
                    foreach ((int at, char put) in damages)
                    {
                        text[at % text.Length] = put;
                    }
                    AssertAccounted(new string(text));
                },
                iter: 5_000
            );
    }

    private static void AssertAccounted(string text)
    {
        RecordedTrace trace;
        try
        {
            trace = TraceText.Read(text);
        }
        catch (TraceFormatException)
        {
            return;
        }
        Assert.Equal(text.Split('\n').Length, trace.Lines);
        Assert.Equal(trace.Lines, trace.Counts.Sum);
        TraceInspection inspection = TraceInspection.Of(trace, TraceText.OneGigahertz);
        Assert.True(inspection.TimerUse is null == inspection.Obstacle is not null);
    }
}
