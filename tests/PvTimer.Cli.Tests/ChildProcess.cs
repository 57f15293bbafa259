using System;
using System.Diagnostics;

namespace PvTimer.Cli.Tests;

/// <summary>A process that a test starts, and that does not outlive it: also not if the test fails.</summary>
internal sealed class ChildProcess : IDisposable
{
    private ChildProcess(Process process) => Process = process;

    public Process Process { get; }

    public static ChildProcess Start(ProcessStartInfo start) => new(Process.Start(start)!);

    public static ChildProcess Start(string program, params string[] args) =>
        Start(new ProcessStartInfo(program, args) { UseShellExecute = false });

    /// <summary>What it has started itself ends with it.</summary>
    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }
        Process.Dispose();
    }
}
