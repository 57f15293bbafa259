using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Text;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Reads the events of a trace one after the other. Every line is an event, a remark that is understood,
/// or a <see cref="TraceDiagnostic"/>.
/// </summary>
public sealed class TraceReader : IDisposable
{
    private const int QuotedBytes = 100;

    private readonly Utf8Lines _text;
    private readonly string _path;
    private readonly Dictionary<int, ulong> _lastAt = [];
    private readonly List<TraceDiagnostic> _diagnostics = [];
    private long _line;

    /// <param name="text">The trace, UTF-8; disposed with the reader.</param>
    /// <param name="path">How error messages call it.</param>
    public TraceReader(Stream text, string path)
    {
        _text = new Utf8Lines(text);
        _path = path;
    }

    /// <summary>Opens a file; gzip is recognised by its first bytes.</summary>
    /// <exception cref="TraceFormatException">Missing, unreadable, empty, binary, or no gzip.</exception>
    public static TraceReader Open(string path) => new(TraceFile.Open(path), path);

    /// <summary>Set by the first event.</summary>
    public TraceClock Clock { get; private set; }

    /// <summary>The TSC's frequency, if a comment of the form "# tsc_khz: 2499998" names it.</summary>
    public TscFrequency? Frequency { get; private set; }

    /// <summary>Lines read so far.</summary>
    public long Lines => _line;

    /// <summary>What was found so far, by line.</summary>
    public ImmutableArray<TraceDiagnostic> Diagnostics => [.. _diagnostics];

    /// <summary>The events read so far, in the file's order.</summary>
    public TraceEventList Events { get; } = new();

    /// <summary>Reads on to the next event; false at the end of the file.</summary>
    /// <exception cref="TraceFormatException">The gzip data is truncated or damaged.</exception>
    public bool TryRead(out TraceEvent next)
    {
        while (TryReadLine(out ReadOnlySpan<byte> text, out bool tooLong))
        {
            _line++;
            if (tooLong)
            {
                ReportDamaged(text);
                _text.SkipRest();
            }
            else if (text.StartsWith((byte)'#'))
            {
                ReadComment(text);
            }
            else if (TryReadEvent(text))
            {
                next = Events[^1];
                return true;
            }
            else if (TraceRemark.IsLoss(text, out long? count))
            {
                Report(TraceDiagnosticKind.LostEvents, count, text);
            }
            else if (!TraceRemark.IsIdleTalk(text))
            {
                ReportDamaged(text);
            }
        }
        next = default;
        return false;
    }

    public void Dispose() => _text.Dispose();

    private bool TryReadLine(out ReadOnlySpan<byte> text, out bool tooLong)
    {
        try
        {
            return _text.TryRead(out text, out tooLong);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new TraceFormatException(
                _path,
                _line + 1,
                "the gzip data is damaged or truncated from here on",
                "a complete gzip file (`gzip -t` says so)",
                e
            );
        }
    }

    private void ReadComment(ReadOnlySpan<byte> text)
    {
        if (TraceRemark.Overwritten(text) is long lost and > 0)
        {
            Report(TraceDiagnosticKind.OverwrittenEvents, lost, text);
        }
        Frequency ??= TraceRemark.FrequencyIn(text);
    }

    private bool TryReadEvent(ReadOnlySpan<byte> text)
    {
        if (
            !TraceLine.TryParse(text, out TraceLine line)
            || !HasItsFields(line)
            || (Clock != TraceClock.Unknown && line.Clock != Clock)
        )
        {
            return false;
        }
        Clock = line.Clock;
        Events.Add(line, _line);
        if (_lastAt.TryGetValue(line.Cpu, out ulong last) && line.At < last)
        {
            Report(TraceDiagnosticKind.OutOfOrder, 1, text);
        }
        else
        {
            _lastAt[line.Cpu] = line.At;
        }
        return true;
    }

    /// <summary>An event that we will want to understand must say what such events say.</summary>
    private static bool HasItsFields(in TraceLine line)
    {
        if (line.Name.SequenceEqual("write_msr"u8))
        {
            return TraceFields.TryGetMsrWrite(line.Body, out _);
        }
        if (line.Name.SequenceEqual("cpu_idle"u8))
        {
            return TraceFields.TryGet(line.Body, "state", out _);
        }
        bool interrupt =
            line.Name.SequenceEqual("local_timer_entry"u8)
            || line.Name.SequenceEqual("reschedule_entry"u8)
            || line.Name.SequenceEqual("call_function_entry"u8)
            || line.Name.SequenceEqual("call_function_single_entry"u8);
        return !interrupt || TraceFields.TryGet(line.Body, "vector", out _);
    }

    private void Report(TraceDiagnosticKind kind, long? count, ReadOnlySpan<byte> text) =>
        _diagnostics.Add(
            new TraceDiagnostic(
                _line,
                kind,
                count,
                Encoding.UTF8.GetString(text.Length > QuotedBytes ? text[..QuotedBytes] : text)
            )
        );

    /// <summary>Damaged lines in a row are one diagnostic with their count.</summary>
    private void ReportDamaged(ReadOnlySpan<byte> text)
    {
        if (
            _diagnostics is [.., { Kind: TraceDiagnosticKind.DamagedLine } last]
            && last.Line + last.Count == _line
        )
        {
            _diagnostics[^1] = last with { Count = last.Count + 1 };
            return;
        }
        Report(TraceDiagnosticKind.DamagedLine, 1, text);
    }
}
