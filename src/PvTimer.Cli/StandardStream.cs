using System;
using System.Runtime.InteropServices;

namespace PvTimer.Cli;

/// <summary>A standard stream of this process, as its parent left it.</summary>
/// <remarks>
/// The runtime may have taken the number of a stream that was closed for a file of its own, so that writing there
/// would not even fail. What it takes so early it only reads.
/// </remarks>
/// <param name="Number">Of its file descriptor.</param>
internal readonly record struct StandardStream(int Number)
{
    /// <summary>F_GETFL, see fcntl(2); the same everywhere.</summary>
    private const int GetFlags = 3;

    /// <summary>O_ACCMODE.</summary>
    private const int AccessMode = 3;

    /// <summary>O_RDONLY.</summary>
    private const int ReadOnly = 0;

    public static StandardStream Output { get; } = new(1);

    public static StandardStream Error { get; } = new(2);

    /// <summary>It is open for writing; true also where that cannot be known.</summary>
    public bool IsWritable
    {
        get
        {
            if (OperatingSystem.IsWindows())
            {
                return true;
            }
            int flags = fcntl(Number, GetFlags);
            return flags >= 0 && (flags & AccessMode) != ReadOnly;
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fcntl(int descriptor, int command);
}
