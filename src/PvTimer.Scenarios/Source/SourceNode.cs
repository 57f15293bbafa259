using System.Collections.Generic;

namespace PvTimer.Scenarios.Source;

/// <summary>A value of a scenario file, with its path and the place it was written at.</summary>
internal abstract record SourceNode(string Path, SourcePosition At);

internal sealed record SourceText(string Path, SourcePosition At, string Value)
    : SourceNode(Path, At);

internal sealed record SourceList(string Path, SourcePosition At, List<SourceNode> Items)
    : SourceNode(Path, At);

internal sealed record SourceObject(
    string Path,
    SourcePosition At,
    Dictionary<string, SourceNode> Entries
) : SourceNode(Path, At);
