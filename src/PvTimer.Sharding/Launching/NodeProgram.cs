using System;
using System.Collections.Immutable;
using System.IO;

namespace PvTimer.Sharding.Launching;

/// <summary>What to execute to get "pvtimer node".</summary>
/// <param name="File">The executable.</param>
/// <param name="Arguments">What comes before "node".</param>
public sealed record NodeProgram(string File, ImmutableArray<string> Arguments)
{
    /// <summary>The program that runs now: by itself, or under the dotnet host.</summary>
    /// <param name="assembly">Path of pvtimer.dll; used under the host only.</param>
    public static NodeProgram Own(string assembly)
    {
        string process =
            Environment.ProcessPath
            ?? throw new PlatformNotSupportedException("this process has no path");
        return Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? new NodeProgram(process, [assembly])
            : new NodeProgram(process, []);
    }
}
