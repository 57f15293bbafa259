using System;
using System.Text;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Follows a page of HTML, as systrace writes one: the trace stands in an element of the class trace-data,
/// surrounded by a viewer's program.
/// </summary>
internal sealed class PageMarkup
{
    private bool _begun;
    private bool _isPage;
    private bool _inTrace;

    /// <summary>Whether a line that is no event is part of the page around the trace. Called line after line.</summary>
    public bool Surrounds(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.TrimStart(Words.Blanks);
        if (!_begun && !text.IsEmpty)
        {
            _begun = true;
            _isPage = Starts(text, "<!doctype html"u8) || Starts(text, "<html"u8);
        }
        if (!_isPage)
        {
            return false;
        }
        bool begins = text.IndexOf("trace-data"u8) >= 0;
        bool ends = text.IndexOf("</script"u8) >= 0;
        bool surrounds = !_inTrace || begins || ends;
        _inTrace = (_inTrace || begins) && !ends;
        return surrounds;
    }

    private static bool Starts(ReadOnlySpan<byte> text, ReadOnlySpan<byte> with) =>
        text.Length >= with.Length && Ascii.EqualsIgnoreCase(text[..with.Length], with);
}
