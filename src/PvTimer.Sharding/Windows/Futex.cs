using System;
using System.Runtime.InteropServices;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// Sleeping until another process changes a word of memory that both have. See futex(2). Linux only, on the
/// architectures whose number of the call is known here.
/// </summary>
internal static unsafe class Futex
{
    private const long NumberOnX64 = 202;
    private const long NumberOnArm64 = 98;
    private const long Wait = 0;
    private const long Wake = 1;

    private static readonly long Number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => NumberOnX64,
        Architecture.Arm64 => NumberOnArm64,
        _ => 0,
    };

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Number != 0;

    /// <summary>Sleeps while the word has this value, but no longer than so. It may also return for no reason.</summary>
    public static void WaitWhile(int* word, int value, TimeSpan limit)
    {
        TimeSpec time = new(
            (long)limit.TotalSeconds,
            limit.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick
        );
        _ = syscall(Number, word, Wait, value, &time, null, 0);
    }

    /// <summary>Wakes all threads that sleep on the word, of any process.</summary>
    public static void WakeAll(int* word) =>
        _ = syscall(Number, word, Wake, int.MaxValue, null, null, 0);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long syscall(
        long number,
        int* word,
        long operation,
        long value,
        TimeSpec* time,
        int* second,
        long third
    );
}
