using System.Collections.Immutable;

namespace PvTimer.Experiments.Reports;

/// <summary>What a page of results says, whatever was asked; <see cref="ReportPage"/> makes the page of it.</summary>
/// <param name="Title">The page's.</param>
/// <param name="Question">What was asked, in a sentence.</param>
/// <param name="Answer">Lines that answer it, the most important first.</param>
/// <param name="Sections">In their order.</param>
/// <param name="Command">What repeats it, as a shell takes it.</param>
public sealed record Report(
    string Title,
    string Question,
    ImmutableArray<string> Answer,
    ImmutableArray<ReportSection> Sections,
    string Command
);

/// <param name="Heading">Of the section.</param>
/// <param name="Text">Paragraphs before its charts.</param>
/// <param name="Charts">In their order.</param>
/// <param name="Tables">After the charts.</param>
public sealed record ReportSection(
    string Heading,
    ImmutableArray<string> Text,
    ImmutableArray<Chart> Charts,
    ImmutableArray<ReportTable> Tables
);

/// <param name="Caption">What it shows.</param>
/// <param name="Columns">Their headings.</param>
/// <param name="Rows">Each with a cell for every column; the first cell is the row's heading.</param>
public sealed record ReportTable(
    string Caption,
    ImmutableArray<string> Columns,
    ImmutableArray<ImmutableArray<string>> Rows
)
{
    /// <summary>Rows that a check failed on, by their number: they are marked, in words as in colour.</summary>
    public ImmutableHashSet<int> Failed { get; init; } = [];
}
