using System.Collections.Generic;
using System.Globalization;
using Xunit.Abstractions;

namespace PvTimer.ActorTime.Adapters.Tests;

/// <summary>An output of xunit that keeps what is written to it.</summary>
internal sealed class Lines : ITestOutputHelper
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> All => _lines;

    public void WriteLine(string message) => _lines.Add(message);

    public void WriteLine(string format, params object[] args) =>
        _lines.Add(string.Format(CultureInfo.InvariantCulture, format, args));
}
