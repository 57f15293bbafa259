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
    /// Whether there is certainly no process of that number. It needs no file, and sees those of other users too.
    /// </summary>
    public static bool IsCertainlyGone(int process) =>
        !OperatingSystem.IsWindows()
        && kill(process, 0) != 0
        && Marshal.GetLastPInvokeError() == NoSuchProcess;

    /// <summary>ESRCH, the same everywhere.</summary>
    private const int NoSuchProcess = 3;

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

    /// <summary>
    /// Has the kernel end this process at once when the thread that launched it ends, see prctl(2). Without effect
    /// where that is not Linux.
    /// </summary>
    public static void EndWithLauncher()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = prctl(SetDeathSignal, Kill, 0, 0, 0);
        }
    }

    /// <summary>PR_SET_PDEATHSIG.</summary>
    private const int SetDeathSignal = 1;

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int prctl(
        int option,
        nuint second,
        nuint third,
        nuint fourth,
        nuint fifth
    );

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setpgid(int process, int group);
}
