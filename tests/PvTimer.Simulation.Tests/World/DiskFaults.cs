using System;

namespace PvTimer.Simulation.Tests.World;

/// <summary>What is wrong with a disk.</summary>
[Flags]
internal enum DiskFaults
{
    None = 0,

    /// <summary>ENOSPC: nothing can be written.</summary>
    Full = 1,

    /// <summary>EIO: nothing can be read.</summary>
    Unreadable = 2,

    /// <summary>EMFILE: no file can be opened at all.</summary>
    NoDescriptors = 4,

    /// <summary>A write fails, and leaves the beginning of what was to be written.</summary>
    Torn = 8,

    /// <summary>A checkpoint's file is said to be written, and only its beginning is.</summary>
    TornInSilence = 16,

    /// <summary>A checkpoint's file is said to be written, and what was there before is there still, or nothing.</summary>
    Stale = 32,

    /// <summary>A checkpoint's file is said to be written, and another one of its kind has got its content.</summary>
    Misdirected = 64,

    /// <summary>A checkpoint's file is said to be written, and has the content of an older one of its kind.</summary>
    Old = 128,
}
