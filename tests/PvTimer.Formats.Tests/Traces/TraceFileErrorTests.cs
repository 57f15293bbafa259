using System;
using System.IO;
using System.IO.Compression;
using System.Text;
using PvTimer.Formats.Traces;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Files that cannot be used at all: one line says which, what is wrong, what is accepted.</summary>
public sealed class TraceFileErrorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-traces-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public void Trace_file_that_is_missing_is_refused() =>
        AssertRefused(Path.Combine(_folder, "none.ftrace"), "there is no such file");

    [Fact]
    public void Trace_file_that_is_empty_is_refused() =>
        AssertRefused(Write("empty.ftrace", []), "the file is empty");

    [Fact]
    public void Trace_file_named_gz_that_is_no_gzip_is_refused() =>
        AssertRefused(Write("a.gz", "# tracer: nop\n"u8.ToArray()), "not gzipped");

    [Fact]
    public void Trace_file_that_is_a_binary_recording_is_refused()
    {
        AssertRefused(Write("trace.dat", [0x17, 0x08, 0x44, 1, 2, 3, 4, 5]), "binary");
        AssertRefused(Write("perf.data", "PERFILE2...."u8.ToArray()), "binary");
    }

    [Fact]
    public void Trace_file_without_events_is_refused() =>
        AssertRefused(Write("b.ftrace", "# tracer: nop\n"u8.ToArray()), ":1: no line is an event");

    [Fact]
    public void Trace_file_of_truncated_gzip_is_refused_with_the_line_it_ends_at()
    {
        byte[] whole = File.ReadAllBytes(RealTrace.PathOf("idle"));

        AssertRefused(Write("cut.gz", whole[..(whole.Length / 2)]), "truncated");
        AssertRefused(Write("cut2.gz", whole[..^12]), "truncated");
    }

    [Fact]
    public void Trace_file_of_damaged_gzip_is_refused()
    {
        byte[] whole = File.ReadAllBytes(RealTrace.PathOf("idle"));
        whole[^6] ^= 0xff;

        AssertRefused(Write("bad-checksum.gz", whole), "damaged");
    }

    [Fact]
    public void Trace_file_may_be_gzipped_whatever_its_name()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress))
        {
            gzip.Write(Encoding.UTF8.GetBytes(" a-1 [000] ..... 4: x: y\n"));
        }

        Assert.Single(RecordedTrace.Read(Write("plain-name", packed.ToArray())).Events);
    }

    [Fact]
    public void Trace_without_deadline_writes_is_no_guest()
    {
        TraceFormatException e = Assert.Throws<TraceFormatException>(() =>
            TraceText.Compile(" a-1 [000] ..... 4: write_msr: 830, value fb")
        );

        Assert.StartsWith("small.ftrace: there is no write to MSR 0x6e0", e.Message);
    }

    [Theory]
    [InlineData(" a-1 [000] ..... 4: write_msr: 6e0, value fb")]
    public void Trace_without_a_known_frequency_is_no_guest(string text)
    {
        TraceFormatException e = Assert.Throws<TraceFormatException>(() =>
            TraceCompiler.Compile(TraceText.Read(text), null)
        );

        Assert.Contains(
            "frequency is not known; accepted: the TSC's frequency (`tsc` of",
            e.Message
        );
    }

    private string Write(string name, byte[] content)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static void AssertRefused(string path, string what)
    {
        TraceFormatException e = Assert.Throws<TraceFormatException>(() =>
            RecordedTrace.Read(path)
        );
        Assert.StartsWith(path, e.Message);
        Assert.Contains(what, e.Message);
        Assert.Contains("; accepted: ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("# tsc_khz: 1\n", null)]
    [InlineData("", 9_999)]
    public void Frequency_that_no_processor_has_is_refused(string comment, int? kilohertz)
    {
        RecordedTrace trace = TraceText.Read(
            comment + " a-1 [000] ..... 500: write_msr: 6e0, value 999\n"
        );
        TscFrequency? given = kilohertz is { } named ? TscFrequency.FromKilohertz(named) : null;

        TraceFormatException e = Assert.Throws<TraceFormatException>(() =>
            TraceCompiler.Compile(trace, given)
        );
        Assert.Contains("slower than any processor's; accepted: 10000khz", e.Message);
    }
}
