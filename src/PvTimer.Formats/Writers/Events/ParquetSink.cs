using System;
using System.Collections.Generic;
using System.IO;
using Parquet;
using Parquet.Schema;

namespace PvTimer.Formats.Writers.Events;

/// <summary>
/// Events as the columns of a Parquet file, in groups of rows: who and what are names that are looked up by their column's
/// dictionary, so that an event takes a few bytes.
/// </summary>
public sealed class ParquetSink : IEventSink
{
    /// <summary>Rows that are held in memory, and written together.</summary>
    public const int RowsPerGroup = 200_000;

    private static readonly DataField<long> Time = new("time_ns");
    private static readonly DataField Entity = new("entity", typeof(string), false);
    private static readonly DataField Event = new("event", typeof(string), false);
    private static readonly DataField Subject = new("subject", typeof(string), true);
    private static readonly DataField<long?> Number = new("number");
    private static readonly DataField<long?> Value = new("value");

    private readonly ParquetWriter _writer;
    private readonly long[] _times = new long[RowsPerGroup];
    private readonly List<string> _entities = new(RowsPerGroup);
    private readonly List<string> _events = new(RowsPerGroup);
    private readonly List<string?> _subjects = new(RowsPerGroup);
    private readonly long?[] _numbers = new long?[RowsPerGroup];
    private readonly long?[] _values = new long?[RowsPerGroup];
    private int _rows;

    /// <param name="stream">Where to; stays open.</param>
    public ParquetSink(Stream stream) =>
        _writer = ParquetWriter
            .CreateAsync(new ParquetSchema(Time, Entity, Event, Subject, Number, Value), stream)
            .GetAwaiter()
            .GetResult();

    /// <inheritdoc/>
    public void Add(in EventRow row)
    {
        _times[_rows] = row.TimeNs;
        _entities.Add(row.Entity);
        _events.Add(row.Event);
        _subjects.Add(row.Subject);
        _numbers[_rows] = row.Number;
        _values[_rows] = row.Value;
        if (++_rows == RowsPerGroup)
        {
            WriteGroup();
        }
    }

    public void Dispose()
    {
        if (_rows > 0)
        {
            WriteGroup();
        }
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void WriteGroup()
    {
        using (ParquetRowGroupWriter group = _writer.CreateRowGroup())
        {
            group.WriteAsync<long>(Time, _times.AsMemory(0, _rows)).GetAwaiter().GetResult();
            group.WriteAsync(Entity, _entities).GetAwaiter().GetResult();
            group.WriteAsync(Event, _events).GetAwaiter().GetResult();
            group.WriteAsync(Subject, _subjects!).GetAwaiter().GetResult();
            group.WriteAsync<long>(Number, _numbers.AsMemory(0, _rows)).GetAwaiter().GetResult();
            group.WriteAsync<long>(Value, _values.AsMemory(0, _rows)).GetAwaiter().GetResult();
            group.CompleteValidate();
        }
        _rows = 0;
        _entities.Clear();
        _events.Clear();
        _subjects.Clear();
    }
}
