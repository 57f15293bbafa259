using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// Frames from one process to another through memory that both have mapped: one writes, one reads, neither waits
/// for a lock of the other.
/// </summary>
/// <remarks>
/// <code>
///   offset   0  written    how many bytes the writer has put in since the beginning; only it stores here
///           64  read       how many of them the reader has taken; only it stores here
///          128  sleeps     1 while the reader sleeps, or is about to
///          192  bytes      a record each frame: length, epoch, round, content, to the next multiple of 8
/// </code>
/// The writer stores `written`, then looks at `sleeps`; the reader stores `sleeps`, then looks at `written`, each
/// with a full fence between: at least one sees the other, so no frame is slept through.
/// </remarks>
internal sealed unsafe class SharedRing
{
    private const int LineBytes = 64;
    private const int ControlBytes = 3 * LineBytes;
    private const int RecordHeaderBytes = 24;
    private const int Alignment = 8;

    /// <summary>Of content that it can hold [B]: what does not fit goes another way. A power of two.</summary>
    public const int Capacity = 1 << 20;

    /// <summary>What it takes of the memory [B].</summary>
    public const int TotalBytes = ControlBytes + Capacity;

    private readonly byte* _memory;

    /// <param name="memory">Zeroes at first, and mapped as long as this lives.</param>
    public SharedRing(byte* memory) => _memory = memory;

    private ref long WrittenBytes => ref *(long*)_memory;

    private ref long ReadBytes => ref *(long*)(_memory + LineBytes);

    private int* Sleeps => (int*)(_memory + (2 * LineBytes));

    /// <summary>Puts a frame in and wakes the reader; false if there is no room for it.</summary>
    public bool TryWrite(long epoch, long round, ReadOnlySpan<byte> content)
    {
        long written = WrittenBytes;
        long free = Capacity - (written - Volatile.Read(ref ReadBytes));
        if (content.Length > Capacity - RecordHeaderBytes || SizeOf(content.Length) > free)
        {
            return false;
        }
        Span<long> header = [content.Length, epoch, round];
        Put(written, MemoryMarshal.AsBytes(header));
        Put(written + RecordHeaderBytes, content);
        Volatile.Write(ref WrittenBytes, written + SizeOf(content.Length));
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *Sleeps) != 0)
        {
            WakeReader();
        }
        return true;
    }

    /// <summary>
    /// Takes the frame of a round, if it is the next one; those of older formations are discarded on the way.
    /// </summary>
    /// <param name="epoch">The reader's formation.</param>
    /// <param name="round">The round.</param>
    /// <param name="buffer">Made larger where it has to be.</param>
    /// <param name="length">How much of it is the frame.</param>
    /// <exception cref="InvalidOperationException">What is in the memory is not what a writer puts there.</exception>
    public bool TryRead(long epoch, long round, ref byte[] buffer, out int length)
    {
        Span<long> header = stackalloc long[RecordHeaderBytes / sizeof(long)];
        length = 0;
        while (true)
        {
            long read = ReadBytes;
            long filled = Volatile.Read(ref WrittenBytes) - read;
            if (filled == 0)
            {
                return false;
            }
            Get(read, MemoryMarshal.AsBytes(header));
            long size = header[0];
            if (size < 0 || filled > Capacity || SizeOf(size) > filled)
            {
                throw new InvalidOperationException(
                    $"shared memory holds a frame of {size} bytes where {filled} were written"
                );
            }
            bool isDue = header[1] == epoch && header[2] == round;
            if (!isDue && header[1] >= epoch)
            {
                return false;
            }
            if (isDue)
            {
                length = (int)size;
                if (buffer.Length < length)
                {
                    buffer = new byte[Math.Max(length, 2 * buffer.Length)];
                }
                Get(read + RecordHeaderBytes, buffer.AsSpan(0, length));
            }
            Volatile.Write(ref ReadBytes, read + SizeOf(size));
            if (isDue)
            {
                return true;
            }
        }
    }

    /// <summary>Something was written that was not taken yet. Any thread of the reader's process.</summary>
    public bool HasUnread => Volatile.Read(ref WrittenBytes) != Volatile.Read(ref ReadBytes);

    /// <summary>The reader says that it is about to sleep; it looks once more before <see cref="Sleep"/>.</summary>
    public void AnnounceSleep() => Interlocked.Exchange(ref *Sleeps, 1);

    /// <summary>The reader has said so, and nothing was written since.</summary>
    public bool IsSleepAnnounced => Volatile.Read(ref *Sleeps) != 0;

    /// <summary>Sleeps until it is woken, but no longer than so.</summary>
    public void Sleep(TimeSpan limit)
    {
        Futex.WaitWhile(Sleeps, 1, limit);
        EndSleep();
    }

    /// <summary>It does not sleep after all.</summary>
    public void EndSleep() => Volatile.Write(ref *Sleeps, 0);

    /// <summary>For the writer, and for a carrier that has a frame from the network for the reader. Any thread.</summary>
    public void WakeReader()
    {
        Volatile.Write(ref *Sleeps, 0);
        Futex.WakeAll(Sleeps);
    }

    private static long SizeOf(long content) =>
        (RecordHeaderBytes + content + Alignment - 1) / Alignment * Alignment;

    private Span<byte> Bytes => new(_memory + ControlBytes, Capacity);

    private void Put(long at, ReadOnlySpan<byte> source)
    {
        int start = (int)(at & (Capacity - 1));
        int first = Math.Min(source.Length, Capacity - start);
        source[..first].CopyTo(Bytes[start..]);
        source[first..].CopyTo(Bytes);
    }

    private void Get(long at, Span<byte> target)
    {
        int start = (int)(at & (Capacity - 1));
        int first = Math.Min(target.Length, Capacity - start);
        Bytes.Slice(start, first).CopyTo(target);
        Bytes[..(target.Length - first)].CopyTo(target[first..]);
    }
}
