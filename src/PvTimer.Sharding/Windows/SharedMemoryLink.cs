using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using PvTimer.Sharding.Launching;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// Memory of two processes of one user on one machine, with a <see cref="SharedRing"/> each way. It is a file
/// without a disk, which only its user may open, and which has no name any more once both have it.
/// </summary>
internal sealed unsafe class SharedMemoryLink
{
    /// <summary>Linux keeps here what lives in memory only.</summary>
    private const string Folder = "/dev/shm";

    private const string Prefix = "pvtimer-";
    private const int NameBytes = 16;
    private const int PageBytes = 4096;
    private const long TotalBytes = PageBytes + (2L * SharedRing.TotalBytes);

    private readonly Lock _writing = new();
    private readonly Lock _reading = new();
    private readonly SharedRing _out;
    private readonly SharedRing _in;
    private volatile bool _isOpen;

    private SharedMemoryLink(FileStream file, string name, bool created)
    {
        Name = name;
        using var mapping = MemoryMappedFile.CreateFromFile(
            file,
            mapName: null,
            TotalBytes,
            MemoryMappedFileAccess.ReadWrite,
            HandleInheritability.None,
            leaveOpen: false
        );
        // As long as the process: a thread of an ended formation that sleeps on it, or still sends, must not fall through.
        MemoryMappedViewAccessor view = mapping.CreateViewAccessor(0, TotalBytes);
        byte* memory = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref memory);
        SharedRing first = new(memory + PageBytes);
        SharedRing second = new(memory + PageBytes + SharedRing.TotalBytes);
        (_out, _in) = created ? (first, second) : (second, first);
    }

    /// <summary>By which the other process finds it: 32 hexadecimal digits, drawn by chance.</summary>
    public string Name { get; }

    /// <summary>The other process has it, too: what is written is read.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>Whether this machine has what it takes.</summary>
    public static bool IsSupported => Futex.IsSupported && Directory.Exists(Folder);

    /// <summary>New memory, for another process to <see cref="Join"/>.</summary>
    /// <exception cref="IOException">There is no room, or no right.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no right.</exception>
    public static SharedMemoryLink Create()
    {
        string name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        FileStream file = new(PathOf(name), options);
        return new SharedMemoryLink(file, name, created: true);
    }

    /// <summary>Memory that another process of this user has created; null if it cannot be had here.</summary>
    public static SharedMemoryLink? Join(string name)
    {
        if (!IsName(name) || !IsSupported || FileOwner.IsForeign(PathOf(name), out _))
        {
            return null;
        }
        try
        {
            FileStream file = new(
                PathOf(name),
                FileMode.Open,
                FileAccess.ReadWrite,
                FileShare.ReadWrite | FileShare.Delete
            );
            if (file.Length != TotalBytes)
            {
                file.Dispose();
                return null;
            }
            SharedMemoryLink link = new(file, name, created: false);
            link.Open();
            return link;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether it could be a <see cref="Name"/>; what comes from peers may be anything.</summary>
    public static bool IsName(string name) =>
        name.Length == 2 * NameBytes && name.All(char.IsAsciiHexDigitLower);

    /// <summary>From now on frames may go this way.</summary>
    public void Open() => _isOpen = true;

    /// <summary>No other process finds it any more; the two that have it keep it.</summary>
    public void RemoveName() => File.Delete(PathOf(Name));

    /// <inheritdoc cref="SharedRing.TryWrite"/>
    public bool TrySend(long epoch, long round, ReadOnlySpan<byte> content)
    {
        // The threads of an older formation may still send when those of the next one have begun.
        lock (_writing)
        {
            return _out.TryWrite(epoch, round, content);
        }
    }

    /// <inheritdoc cref="SharedRing.TryRead"/>
    public bool TryReceive(long epoch, long round, ref byte[] buffer, out int length)
    {
        lock (_reading)
        {
            return _in.TryRead(epoch, round, ref buffer, out length);
        }
    }

    /// <inheritdoc cref="SharedRing.HasUnread"/>
    public bool HasUnread => _in.HasUnread;

    /// <inheritdoc cref="SharedRing.AnnounceSleep"/>
    public void AnnounceSleep() => _in.AnnounceSleep();

    /// <inheritdoc cref="SharedRing.IsSleepAnnounced"/>
    public bool IsSleepAnnounced => _in.IsSleepAnnounced;

    /// <inheritdoc cref="SharedRing.EndSleep"/>
    public void EndSleep() => _in.EndSleep();

    /// <inheritdoc cref="SharedRing.Sleep"/>
    public void Sleep(TimeSpan limit) => _in.Sleep(limit);

    /// <summary>The carrier's thread that waits here for a frame looks around. Any thread of this process.</summary>
    public void WakeReader() => _in.WakeReader();

    private static string PathOf(string name) => Path.Combine(Folder, Prefix + name);
}
