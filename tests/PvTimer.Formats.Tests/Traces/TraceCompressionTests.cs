using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using PvTimer.Formats.Traces;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Compressed text, whole and cut, and text in the encodings of Windows.</summary>
public sealed class TraceCompressionTests : IDisposable
{
    /// <summary>Of the line below, by `xz` and `zstd`.</summary>
    private const string Xz =
        "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAYIGEtMSBbMDAwXSAuLi4uLiA0OiB4OiB5CgAAAAD8NwhB4xv4PAABMRlZGrCCH7bzfQEAAAAABFla";

    private const string Zstd = "KLUv/SQZyQAAIGEtMSBbMDAwXSAuLi4uLiA0OiB4OiB5Clx6qXI=";

    private const string Line = " a-1 [000] ..... 4: x: y\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-traces-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Trace_of_several_gzip_members_is_read_to_its_end(int members)
    {
        byte[] file = [.. Enumerable.Repeat(Gzip(1_000), members).SelectMany(part => part)];

        Assert.Equal(1_000 * members, Read(file).Lines);
    }

    [Fact]
    public void Trace_of_gzip_is_refused_wherever_it_is_cut()
    {
        byte[] one = Gzip(250);
        byte[] two = [.. one, .. one];
        for (int length = 3; length < two.Length; length++)
        {
            if (length != one.Length)
            {
                AssertRefused(two[..length], "gzip data is damaged or truncated");
            }
        }
    }

    [Theory]
    [InlineData(Xz, "xz")]
    [InlineData(Zstd, "zstd")]
    public void Trace_in_other_compressions_is_read_whole_or_refused(string packed, string format)
    {
        byte[] one = Convert.FromBase64String(packed);

        Assert.Single(Read(one).Events);
        Assert.Equal(2, Read([.. one, .. one]).Events.Length);
        for (int length = 6; length < one.Length; length++)
        {
            AssertRefused(one[..length], format + " data is damaged or truncated");
        }
    }

    [Theory]
    [InlineData("BZh91AY", "this is bzip2")]
    [InlineData("PK\u0003\u0004....", "this is a zip archive")]
    [InlineData("\u0017\u0008Dtracing", "trace-cmd report FILE")]
    [InlineData("PERFILE2....", "perf script --ns -i FILE")]
    [InlineData("abc\0def", "a binary file")]
    public void Trace_that_is_no_text_is_refused_with_what_would_do(string content, string what) =>
        AssertRefused(Encoding.Latin1.GetBytes(content), what);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void Trace_in_utf16_is_read(bool bigEndian, bool mark)
    {
        UnicodeEncoding encoding = new(bigEndian, mark);

        byte[] file = [.. encoding.GetPreamble(), .. encoding.GetBytes(Line + Line)];

        Assert.Equal(2, Read(file).Events.Length);
    }

    [Fact]
    public void Trace_inside_gzip_may_be_utf16()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress))
        {
            gzip.Write([0xff, 0xfe, .. Encoding.Unicode.GetBytes(Line)]);
        }

        Assert.Single(Read(packed.ToArray()).Events);
    }

    private static byte[] Gzip(int lines)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress))
        {
            for (int i = 0; i < lines; i++)
            {
                gzip.Write(Encoding.ASCII.GetBytes($" a-1 [000] ..... {i}: x: y\n"));
            }
        }
        return packed.ToArray();
    }

    private RecordedTrace Read(byte[] content)
    {
        string path = Path.Combine(_folder, "trace");
        File.WriteAllBytes(path, content);
        return RecordedTrace.Read(path);
    }

    private void AssertRefused(byte[] content, string what)
    {
        TraceFormatException e = Assert.Throws<TraceFormatException>(() => Read(content));
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }
}
