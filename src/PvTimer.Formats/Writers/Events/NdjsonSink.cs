using System;
using System.IO;
using System.Text.Json;

namespace PvTimer.Formats.Writers.Events;

/// <summary>A line of JSON for each event; what an event does not have is left out.</summary>
public sealed class NdjsonSink : IEventSink
{
    private static readonly JsonEncodedText Time = JsonEncodedText.Encode("time_ns");
    private static readonly JsonEncodedText Entity = JsonEncodedText.Encode("entity");
    private static readonly JsonEncodedText Event = JsonEncodedText.Encode("event");
    private static readonly JsonEncodedText Subject = JsonEncodedText.Encode("subject");
    private static readonly JsonEncodedText Number = JsonEncodedText.Encode("number");
    private static readonly JsonEncodedText Value = JsonEncodedText.Encode("value");

    private readonly BufferedStream _stream;
    private readonly Utf8JsonWriter _json;

    /// <param name="stream">Where to; stays open.</param>
    public NdjsonSink(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = new BufferedStream(stream, 1 << 16);
        _json = new Utf8JsonWriter(_stream);
    }

    /// <inheritdoc/>
    public void Add(in EventRow row)
    {
        _json.WriteStartObject();
        _json.WriteNumber(Time, row.TimeNs);
        _json.WriteString(Entity, row.Entity);
        _json.WriteString(Event, row.Event);
        if (row.Subject is not null)
        {
            _json.WriteString(Subject, row.Subject);
        }
        if (row.Number is { } number)
        {
            _json.WriteNumber(Number, number);
        }
        if (row.Value is { } value)
        {
            _json.WriteNumber(Value, value);
        }
        _json.WriteEndObject();
        _json.Flush();
        _stream.WriteByte((byte)'\n');
        _json.Reset();
    }

    public void Dispose()
    {
        _json.Dispose();
        _stream.Flush();
    }
}
