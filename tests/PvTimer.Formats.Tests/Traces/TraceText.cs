using System.IO;
using System.Text;
using PvTimer.Formats.Traces;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>Traces written down in a test. The guest's TSC runs at 1 GHz: a cycle is a nanosecond.</summary>
internal static class TraceText
{
    public const string Path = "small.ftrace";

    public static TscFrequency OneGigahertz { get; } = TscFrequency.FromMegahertz(1_000);

    public static RecordedTrace Read(string text)
    {
        using TraceReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), Path);
        return RecordedTrace.Read(reader, Path);
    }

    public static CompiledTrace Compile(string text) =>
        TraceCompiler.Compile(Read(text), OneGigahertz);

    public static VirtualDuration Nanoseconds(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);
}
