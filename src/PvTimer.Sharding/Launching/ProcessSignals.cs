using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PvTimer.Sharding.Launching;

/// <summary>What POSIX can do to processes and .NET cannot.</summary>
public static class ProcessSignals
{
    /// <summary>SIGTERM: end in order. See signal(7); its number is the same on every architecture.</summary>
    public const int Terminate = 15;

    /// <summary>SIGKILL: end at once. The same everywhere, too.</summary>
    public const int Kill = 9;

    /// <summary>SIGCONT and SIGSTOP: the numbers of Linux on x86 and ARM, and those of macOS.</summary>
    public static int Continue => OperatingSystem.IsMacOS() ? 19 : 18;

    /// <summary>See <see cref="Continue"/>.</summary>
    public static int Stop => OperatingSystem.IsMacOS() ? 17 : 19;

    /// <exception cref="Win32Exception">There is no such process, or it belongs to somebody else.</exception>
    public static void Send(int process, int signal)
    {
        if (kill(process, signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>
    /// Makes this process a process group of its own, so that a Ctrl-C in the terminal of the process that
    /// launched it does not reach it. Without effect where there are no process groups.
    /// </summary>
    public static void LeaveProcessGroup()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = setpgid(0, 0);
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setpgid(int process, int group);
}
