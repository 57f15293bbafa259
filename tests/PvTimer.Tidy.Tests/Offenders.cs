using System;
using System.Collections.Generic;

namespace PvTimer.Tidy.Tests;

/// <summary>A rule's assertion: names everything that breaks the rule, not just the first.</summary>
internal static class Offenders
{
    public static void None(IEnumerable<object> offenders)
    {
        object[] found = [.. offenders];
        Assert.True(found.Length == 0, string.Join(Environment.NewLine, found));
    }
}
