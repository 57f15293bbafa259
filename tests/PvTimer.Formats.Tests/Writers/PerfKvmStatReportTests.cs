using System;
using System.IO;
using System.Linq;
using PvTimer.Formats.Traces.Hosts;
using PvTimer.Formats.Writers;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Formats.Tests.Writers;

public class PerfKvmStatReportTests
{
    [Fact]
    public void Perf_report_has_the_classic_layout_to_the_byte()
    {
        string report = Report(
            Exits(VmExitReason.Hlt, 5_000_000, 15_000_000),
            Exits(VmExitReason.MsrWrite, 450, 800, 1_150, 12_000),
            Exits(VmExitReason.PreemptionTimer),
            Exits(VmExitReason.ExternalInterrupt, 1_234)
        );

        // HLT: mean 10 ms, deviation 7.07 ms, error 7.07 / sqrt(2) = 5 ms. MSR_WRITE: 2 804 of 3 600 ns.
        Assert.Equal(
            "\n\nAnalyze events for all VMs, all VCPUs:\n\n"
                + "             VM-EXIT    Samples  Samples%     Time%    Min Time    Max Time         Avg time \n\n"
                + "           MSR_WRITE          4    57.14%     0.07%      0.45us     12.00us      3.60us ( +-  77.88% )\n"
                + "                 HLT          2    28.57%    99.92%   5000.00us  15000.00us  10000.00us ( +-  50.00% )\n"
                + "  EXTERNAL_INTERRUPT          1    14.29%     0.01%      1.23us      1.23us      1.23us ( +-   0.00% )\n"
                + "\nTotal Samples:7, Total events handled time:20015.63us.\n\n",
            report
        );
    }

    /// <summary>
    /// The figures of the example that AMD's page on the idle-HLT intercept shows (amd-kvm documentation, 2025, six of its seven rows), of
    /// which the two percentages and the mean follow.
    /// </summary>
    [Fact]
    public void Perf_browser_cuts_percentages_and_means_as_published()
    {
        using StringWriter writer = new();
        PerfKvmStatBrowser.Write(
            writer,
            [
                Sum(VmExitReason.EptViolation, 1, 25_729, 25_729, 25_729),
                Sum(VmExitReason.Hlt, 150_279, 159_738_246_175, 37_789_103, 3_435),
                Sum(VmExitReason.MsrWrite, 7_682, 131_930_697, 221_743, 441),
                Sum(VmExitReason.ExternalInterrupt, 3_150, 20_785_385, 45_438, 2_684),
                Sum(VmExitReason.CrAccess, 2_516, 7_146_034, 53_700, 2_524),
                Sum(VmExitReason.InterruptWindow, 114, 348_572, 5_017, 2_413),
                Sum(VmExitReason.Vmcall, 4, 256_414, 109_043, 37_106),
            ]
        );
        string[] lines = writer.ToString().Split('\n');
        Assert.Equal(
            "                              Event name       Samples       Sample%     Time (ns)         Time%   Max Time (ns)   Min Time (ns)  Mean Time (ns)",
            lines[0]
        );
        Assert.Equal(
            "                                     hlt        150279        91.00%  159738246175        99.00%        37789103            3435         1062944",
            lines[1]
        );
        string[] means = [.. lines[1..8].Select(line => line[line.LastIndexOf(' ')..].Trim())];
        Assert.Equal("1062944 17174 6598 2840 3057 64103 25729", string.Join(' ', means));
        Assert.Equal(
            "91.00% 4.00% 1.00% 1.00% 0.00% 0.00% 0.00%",
            string.Join(' ', lines[1..8].Select(line => line[56..68].Trim()))
        );
        Assert.Equal("", lines[8]);
        Assert.Equal(9, lines.Length);
    }

    private static ExitStatistics Sum(
        VmExitReason reason,
        long count,
        long total,
        long longest,
        long shortest
    ) =>
        new(
            reason,
            count,
            VirtualDuration.FromNanoseconds(total),
            VirtualDuration.FromNanoseconds(shortest),
            VirtualDuration.FromNanoseconds(longest),
            0,
            [],
            ExitNames.Svm
        );

    [Fact]
    public void Perf_report_of_nothing_has_no_rows()
    {
        Assert.EndsWith(
            "Avg time \n\n\nTotal Samples:0, Total events handled time:0.00us.\n\n",
            Report()
        );
    }

    [Fact]
    public void Perf_report_of_equal_times_has_no_error_however_many_they_are()
    {
        const long Count = 4_000_000_000;
        const long Each = 1_000_007;
        ExitStatistics exits = new(
            VmExitReason.Hlt,
            Count,
            VirtualDuration.FromNanoseconds(Count * Each),
            VirtualDuration.FromNanoseconds(Each),
            VirtualDuration.FromNanoseconds(Each),
            (UInt128)Count * Each * Each,
            []
        );

        Assert.Contains("( +-   0.00% )", Report(exits));
    }

    [Fact]
    public void Every_exit_reason_of_the_machine_has_perfs_name()
    {
        string[] names =
        [
            .. Enum.GetValues<VmExitReason>().Select(reason => VmExitReasonNames.NameOf(reason)),
        ];

        Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(names, name => Assert.Matches("^[A-Z_]+$", name));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            VmExitReasonNames.NameOf((VmExitReason)(-1))
        );
    }

    /// <summary>SVM has one exit code for both directions of an MSR access.</summary>
    [Fact]
    public void Perf_report_of_svm_has_its_names_and_one_row_for_reads_and_writes_of_msrs()
    {
        ExitStatistics[] exits =
        [
            Exits(VmExitReason.ExternalInterrupt, 1_000),
            Exits(VmExitReason.InterruptWindow),
            Exits(VmExitReason.MsrRead, 3_000),
            Exits(VmExitReason.MsrWrite, 1_000, 2_000),
        ];
        StringWriter text = new();
        PerfKvmStatReport.Write(
            text,
            [.. exits.Select(exit => exit with { Names = ExitNames.Svm })]
        );
        string report = text.ToString();
        // Mean 2, deviation 1, error 1 / sqrt(3) us.
        Assert.Contains(
            "                 msr          3    75.00%    85.71%      1.00us      3.00us      2.00us ( +-  28.87% )\n",
            report
        );
        Assert.Contains("\n           interrupt          1 ", report);
        Assert.DoesNotContain("vintr", report);
        Assert.Contains("Total Samples:4, Total events handled time:7.00us.", report);
    }

    /// <summary>A host has VMs of both: none is counted under the other's name.</summary>
    [Fact]
    public void Perf_report_has_each_exit_under_its_own_name()
    {
        string report = Report(
            Exits(VmExitReason.MsrWrite, 1_000, 2_000),
            Exits(VmExitReason.MsrWrite, 3_000) with
            {
                Names = ExitNames.Svm,
            }
        );
        Assert.Contains("\n           MSR_WRITE          2 ", report);
        Assert.Contains("\n                 msr          1 ", report);
        Assert.Contains("Total Samples:3, Total events handled time:6.00us.", report);
    }

    /// <summary>What is written under SVM's names is read again under the same reason, or the one that shares its name.</summary>
    [Fact]
    public void Every_name_of_svm_is_one_that_a_recording_may_hold()
    {
        foreach (VmExitReason reason in Enum.GetValues<VmExitReason>())
        {
            string name = VmExitReasonNames.NameOf(reason, ExitNames.Svm);
            Assert.Matches("^[a-z_]+$", name);
            Assert.True(ExitReasons.TryRead($"reason {name} rip 0x1", out VmExitReason read));
            Assert.Equal(name, VmExitReasonNames.NameOf(read, ExitNames.Svm));
        }
    }

    private static string Report(params ExitStatistics[] exits)
    {
        StringWriter text = new();
        PerfKvmStatReport.Write(text, [.. exits]);
        return text.ToString();
    }

    private static ExitStatistics Exits(VmExitReason reason, params long[] nanoseconds) =>
        new(
            reason,
            nanoseconds.Length,
            VirtualDuration.FromNanoseconds(nanoseconds.Sum()),
            VirtualDuration.FromNanoseconds(nanoseconds.DefaultIfEmpty().Min()),
            VirtualDuration.FromNanoseconds(nanoseconds.DefaultIfEmpty().Max()),
            nanoseconds.Aggregate(
                UInt128.Zero,
                (sum, each) => sum + ((UInt128)each * (UInt128)each)
            ),
            []
        );
}
