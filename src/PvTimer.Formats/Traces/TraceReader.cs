using System;
using System.IO;
using PvTimer.Model.Time;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Reads the events of a trace one after the other. Every line is an event, a remark that is understood,
/// or a <see cref="TraceDiagnostic"/>.
/// </summary>
public sealed class TraceReader : IDisposable
{
    private readonly Utf8Lines _text;
    private readonly string _path;
    private readonly OtherOutput _other = new();
    private readonly TraceSources _sources = new();
    private readonly PageMarkup _page = new();
    private readonly long[] _remarks = new long[Enum.GetValues<TraceRemarkKind>().Length];
    private long _line;
    private long _comments;
    private long _stampsInSeconds;

    /// <param name="text">The trace, UTF-8; disposed with the reader.</param>
    /// <param name="path">How error messages call it.</param>
    public TraceReader(Stream text, string path)
    {
        _text = new Utf8Lines(text);
        _path = path;
    }

    /// <summary>Opens a file; what it is compressed with is recognised by its first bytes.</summary>
    /// <exception cref="TraceFormatException">Missing, unreadable, empty, binary, or damaged.</exception>
    public static TraceReader Open(string path) => new(TraceFile.Open(path), path);

    /// <summary>What most of the stamps read so far count.</summary>
    public TraceClock Clock =>
        Events.Length == 0 ? TraceClock.Unknown
        : _stampsInSeconds * 2 > Events.Length ? TraceClock.Seconds
        : TraceClock.TscCycles;

    /// <summary>The TSC's frequency, if a comment of the form "# tsc_khz: 2499998" names it.</summary>
    public TscFrequency? Frequency { get; private set; }

    /// <summary>Lines read so far.</summary>
    public long Lines => _line;

    /// <summary>The events read so far, in the file's order.</summary>
    public TraceEventList Events { get; } = new();

    /// <summary>What the lines read so far are.</summary>
    public TraceLineCounts Counts =>
        new(
            Events.Length,
            _comments,
            Count(TraceRemarkKind.Preamble),
            Count(TraceRemarkKind.Stack),
            Count(TraceRemarkKind.PerfRecord),
            Count(TraceRemarkKind.KernelLog),
            Count(TraceRemarkKind.Markup),
            Count(TraceRemarkKind.Loss),
            Repeated: 0,
            Count(TraceRemarkKind.None)
        );

    internal TraceDiagnostics Found { get; } = new();

    /// <summary>Why a trace that was read to its end cannot be used; null if it can.</summary>
    internal (long Line, string What, string Accepted)? Refusal
    {
        get
        {
            if (Events.Length == 0)
            {
                return _other.Refusal is { } what
                    ? (0, $"this is {what}", TraceFile.Accepted)
                    : (_line, "no line is an event", TraceFile.Accepted);
            }
            if (_sources.Refusal is { } choice)
            {
                return (0, choice.What, choice.Accepted);
            }
            return TraceStamps.AreDifferences(Events)
                ? (
                    0,
                    "its stamps go back and forth, as differences from line to line do",
                    "stamps that count from one start (perf script without --deltatime)"
                )
                : null;
        }
    }

    /// <summary>Reads on to the next event; false at the end of the file.</summary>
    /// <exception cref="TraceFormatException">The compressed data is truncated or damaged.</exception>
    public bool TryRead(out TraceEvent next)
    {
        while (TryReadLine(out ReadOnlySpan<byte> text, out bool tooLong))
        {
            _line++;
            if (tooLong)
            {
                ReadRemark(TraceRemarkKind.None, null, text);
                SkipRest();
                continue;
            }
            text = WithoutQuoteMarks(text);
            if (text.StartsWith((byte)'#'))
            {
                ReadComment(text);
            }
            else if (TryReadEvent(text))
            {
                next = Events[^1];
                return true;
            }
            else
            {
                TraceRemarkKind kind = TraceRemark.KindOf(text, out long? lost);
                ReadRemark(kind, lost, text);
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
        catch (InvalidDataException e)
        {
            throw TraceFile.Damaged(_path, _line + 1, e);
        }
    }

    private void SkipRest()
    {
        try
        {
            _text.SkipRest();
        }
        catch (InvalidDataException e)
        {
            throw TraceFile.Damaged(_path, _line, e);
        }
    }

    /// <summary>"> > line": a mail's answer.</summary>
    private static ReadOnlySpan<byte> WithoutQuoteMarks(ReadOnlySpan<byte> text)
    {
        while (text.StartsWith((byte)'>'))
        {
            text = text[1..];
            text = text.StartsWith((byte)' ') ? text[1..] : text;
        }
        return text;
    }

    private void ReadComment(ReadOnlySpan<byte> text)
    {
        _comments++;
        _other.Look(text);
        if (TraceRemark.Overwritten(text) is long lost and > 0)
        {
            Found.Add(_line, TraceDiagnosticKind.OverwrittenEvents, lost, text);
        }
        Frequency ??= TraceRemark.FrequencyIn(text);
    }

    private bool TryReadEvent(ReadOnlySpan<byte> text)
    {
        if (
            !TraceLine.TryParse(text, out TraceLine line)
            || line.Name.StartsWith(TraceRemark.PerfRecord)
            || !line.HasItsFields()
        )
        {
            return false;
        }
        _stampsInSeconds += line.Clock == TraceClock.Seconds ? 1 : 0;
        _sources.Add(line);
        Events.Add(line, _line);
        return true;
    }

    private void ReadRemark(TraceRemarkKind kind, long? lost, ReadOnlySpan<byte> text)
    {
        if (_page.Surrounds(text) && kind == TraceRemarkKind.None)
        {
            kind = TraceRemarkKind.Markup;
        }
        _remarks[(int)kind]++;
        _other.Look(text);
        switch (kind)
        {
            case TraceRemarkKind.None:
                Found.AddDamaged(_line, text);
                break;
            case TraceRemarkKind.Loss:
                Found.Add(_line, TraceDiagnosticKind.LostEvents, lost, text);
                break;
            case TraceRemarkKind.Preamble:
                _sources.LookAtPreamble(text);
                break;
            default:
                break;
        }
    }

    private long Count(TraceRemarkKind kind) => _remarks[(int)kind];
}
