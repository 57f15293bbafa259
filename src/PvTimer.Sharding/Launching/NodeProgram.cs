using System;
using System.Collections.Immutable;
using System.IO;

namespace PvTimer.Sharding.Launching;

/// <summary>What to execute to get "pvtimer node".</summary>
/// <param name="File">The executable.</param>
/// <param name="Arguments">What comes before "node".</param>
public sealed record NodeProgram(string File, ImmutableArray<string> Arguments)
{
    private const string Host = "dotnet";

    /// <summary>The program that runs now: by itself, or under the dotnet host.</summary>
    /// <param name="assembly">Path of pvtimer.dll; used under the host only.</param>
    public static NodeProgram Own(string assembly)
    {
        string process =
            Environment.ProcessPath
            ?? throw new PlatformNotSupportedException("this process has no path");
        return IsHost(process)
            ? new NodeProgram(process, [assembly])
            : new NodeProgram(process, []);
    }

    /// <summary>A program by its file.</summary>
    /// <param name="file">A pvtimer.dll, for the dotnet host of this process or else of the path; or an executable.</param>
    public static NodeProgram Of(string file)
    {
        string full = Path.GetFullPath(file);
        string host = Environment.ProcessPath is { } process && IsHost(process) ? process : Host;
        return Path.GetExtension(full) == ".dll"
            ? new NodeProgram(host, [full])
            : new NodeProgram(full, []);
    }

    private static bool IsHost(string process) => Path.GetFileNameWithoutExtension(process) == Host;
}
