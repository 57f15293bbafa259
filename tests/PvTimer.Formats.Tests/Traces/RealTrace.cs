using System;
using System.IO;
using PvTimer.Formats.Traces;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>The recordings of config/traces.</summary>
internal static class RealTrace
{
    public static TscFrequency Frequency { get; } = TscFrequency.FromKilohertz(2_499_998);

    public static string PathOf(string name) =>
        Path.Combine(AppContext.BaseDirectory, "traces", name + ".ftrace.gz");

    public static CompiledTrace Compile(string name) =>
        TraceCompiler.Compile(RecordedTrace.Read(PathOf(name)), Frequency);

    public static RecordedGuest Guest(string name) => Compile(name).Guest;
}
