using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Reads the events of a trace one after the other. Every line is an event, a remark that is understood,
/// or a <see cref="TraceDiagnostic"/>.
/// </summary>
public sealed class TraceReader : IDisposable
{
    private const int QuotedCharacters = 100;

    private readonly TextReader _text;
    private readonly string _path;
    private readonly Dictionary<string, string> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _knownWords;
    private readonly Dictionary<int, ulong> _lastAt = [];
    private readonly List<TraceDiagnostic> _diagnostics = [];
    private long _line;

    /// <param name="text">The trace; disposed with the reader.</param>
    /// <param name="path">How error messages call it.</param>
    public TraceReader(TextReader text, string path)
    {
        _text = text;
        _path = path;
        _knownWords = _words.GetAlternateLookup<ReadOnlySpan<char>>();
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

    /// <summary>The next event; false at the end of the file.</summary>
    /// <exception cref="TraceFormatException">The gzip data is truncated or damaged.</exception>
    public bool TryRead(out TraceEvent next)
    {
        while (ReadLine() is { } text)
        {
            _line++;
            if (text.StartsWith('#'))
            {
                ReadComment(text);
            }
            else if (TryReadEvent(text, out next))
            {
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

    private string? ReadLine()
    {
        try
        {
            return _text.ReadLine();
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

    private void ReadComment(string text)
    {
        if (TraceRemark.Overwritten(text) is long lost and > 0)
        {
            Report(TraceDiagnosticKind.OverwrittenEvents, lost, text);
        }
        Frequency ??= TraceRemark.FrequencyIn(text);
    }

    private bool TryReadEvent(string text, out TraceEvent next)
    {
        next = default;
        if (!TraceLine.TryParse(text, out TraceLine line))
        {
            return false;
        }
        next = new TraceEvent(
            _line,
            line.Cpu,
            Intern(line.Task),
            line.Pid,
            Intern(line.Flags),
            line.At,
            Intern(line.Name),
            line.Body.ToString()
        );
        if (!HasItsFields(next) || (Clock != TraceClock.Unknown && line.Clock != Clock))
        {
            return false;
        }
        Clock = line.Clock;
        if (_lastAt.TryGetValue(next.Cpu, out ulong last) && next.At < last)
        {
            Report(TraceDiagnosticKind.OutOfOrder, 1, text);
        }
        else
        {
            _lastAt[next.Cpu] = next.At;
        }
        return true;
    }

    /// <summary>An event that we will want to understand must say what such events say.</summary>
    private static bool HasItsFields(in TraceEvent next) =>
        next.Name switch
        {
            "write_msr" => next.TryGetMsrWrite(out _),
            "cpu_idle" => next.TryGetField("state", out _),
            "local_timer_entry" or "reschedule_entry" => next.TryGetField("vector", out _),
            "call_function_entry" or "call_function_single_entry" => next.TryGetField(
                "vector",
                out _
            ),
            _ => true,
        };

    private string Intern(ReadOnlySpan<char> word)
    {
        if (word.IsEmpty)
        {
            return "";
        }
        if (!_knownWords.TryGetValue(word, out string? known))
        {
            known = word.ToString();
            _words.Add(known, known);
        }
        return known;
    }

    private void Report(TraceDiagnosticKind kind, long? count, string text) =>
        _diagnostics.Add(
            new TraceDiagnostic(
                _line,
                kind,
                count,
                text.Length > QuotedCharacters ? text[..QuotedCharacters] : text
            )
        );

    /// <summary>Damaged lines in a row are one diagnostic with their count.</summary>
    private void ReportDamaged(string text)
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
