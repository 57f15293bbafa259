using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Writers.Tracks;

/// <summary>
/// The JSON of chrome://tracing (Trace Event Format): times in microseconds with three decimals. Perfetto's page reads it
/// as well. Its arrows begin and end in slices, so that each point is a slice of one nanosecond of its own.
/// </summary>
/// <remarks>
/// An E has the name of its B: the format does not ask for it, but speedscope takes no E without, and ends in a stack
/// that is too deep.
/// </remarks>
public sealed class ChromeTraceWriter : ITrackWriter
{
    private readonly StreamWriter _text;
    private readonly Dictionary<int, int> _groups = [];
    private readonly Dictionary<int, string> _open = [];
    private bool _hasBegun;

    /// <param name="stream">Where to; stays open.</param>
    public ChromeTraceWriter(Stream stream)
    {
        _text = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        _text.Write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    }

    /// <inheritdoc/>
    public void Add(int track, int group, string name)
    {
        bool isGroup = group == 0;
        int process = isGroup ? track : group;
        string what = isGroup ? "process_name" : "thread_name";
        Emit(
            $"\"ph\":\"M\",\"pid\":{process},\"tid\":{track},\"name\":\"{what}\",\"args\":{{\"name\":{Quoted(name)}}}"
        );
        if (!isGroup)
        {
            _groups.Add(track, group);
        }
    }

    /// <inheritdoc/>
    public void Begin(int track, VirtualTime at, string name)
    {
        _open[track] = name;
        Emit($"\"ph\":\"B\",{Place(track, at)},\"name\":{Quoted(name)}");
    }

    /// <inheritdoc/>
    public void End(int track, VirtualTime at) =>
        Emit($"\"ph\":\"E\",{Place(track, at)},\"name\":{Quoted(_open[track])}");

    /// <inheritdoc/>
    public void Instant(int track, VirtualTime at, string name, ulong flow, FlowStep step)
    {
        string phase = step switch
        {
            FlowStep.First => "s",
            FlowStep.Between => "t",
            _ => "f",
        };
        Emit($"\"ph\":\"X\",{Place(track, at)},\"dur\":0.001,\"name\":{Quoted(name)}");
        Emit(
            $"\"ph\":\"{phase}\",{Place(track, at)},\"bp\":\"e\",\"id\":{flow},\"cat\":\"timer\",\"name\":\"timer\""
        );
    }

    /// <summary>Ends the document.</summary>
    public void Dispose()
    {
        _text.Write("\n]}\n");
        _text.Dispose();
    }

    private void Emit(string fields)
    {
        _text.Write(_hasBegun ? ",\n{" : "\n{");
        _text.Write(fields);
        _text.Write('}');
        _hasBegun = true;
    }

    private string Place(int track, VirtualTime at) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"\"pid\":{_groups.GetValueOrDefault(track, track)},\"tid\":{track},\"ts\":{at.Nanoseconds / 1_000}.{at.Nanoseconds % 1_000:000}"
        );

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
