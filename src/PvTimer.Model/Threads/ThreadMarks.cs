using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Threads;

/// <summary>What of a thread is one byte of its state.</summary>
[Flags]
internal enum ThreadMarks : byte
{
    None = 0,
    TimerStaysInHost = 1,

    /// <summary>Its advance follows.</summary>
    TunesAdvance = 2,
    ExpiredIsEarly = 4,
    HasMoved = 8,
}

/// <summary>The byte, in both directions.</summary>
internal static class ThreadMark
{
    private const ThreadMarks All =
        ThreadMarks.TimerStaysInHost
        | ThreadMarks.TunesAdvance
        | ThreadMarks.ExpiredIsEarly
        | ThreadMarks.HasMoved;

    public static ThreadMarks Of(
        bool timerStaysInHost,
        ExpiredTimer? expired,
        VirtualDuration? tunedAdvance,
        bool hasMoved = false
    ) =>
        (timerStaysInHost ? ThreadMarks.TimerStaysInHost : ThreadMarks.None)
        | (tunedAdvance is null ? ThreadMarks.None : ThreadMarks.TunesAdvance)
        | (hasMoved ? ThreadMarks.HasMoved : ThreadMarks.None)
        | (expired is { IsEarly: true } ? ThreadMarks.ExpiredIsEarly : ThreadMarks.None);

    public static ThreadMarks Read(StateReader reader)
    {
        ThreadMarks marks = (ThreadMarks)reader.ReadByte();
        return AreKnown(marks) ? marks : throw reader.Damaged($"{(byte)marks} marks no thread");
    }

    public static ThreadMarks Transfer(StateTransfer state, ThreadMarks marks)
    {
        ThreadMarks transferred = (ThreadMarks)state.Value((byte)marks);
        return AreKnown(transferred)
            ? transferred
            : throw state.Damaged($"{(byte)transferred} marks no thread");
    }

    private static bool AreKnown(ThreadMarks marks) => (marks & ~All) == ThreadMarks.None;
}
