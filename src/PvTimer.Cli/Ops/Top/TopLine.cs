using System;

namespace PvTimer.Cli.Ops.Top;

/// <summary>How a line looks.</summary>
internal enum TopTone
{
    Plain,
    Dim,
    Heading,
    Marked,
    Good,
    Bad,
}

/// <summary>One line of the screen.</summary>
internal readonly record struct TopLine(string Text, TopTone Tone = TopTone.Plain)
{
    /// <summary>No longer than the screen is wide.</summary>
    public TopLine Cut(int width) =>
        Text.Length <= width
            ? this
            : this with
            {
                Text = string.Concat(Text.AsSpan(0, Math.Max(0, width - 1)), "~"),
            };
}
