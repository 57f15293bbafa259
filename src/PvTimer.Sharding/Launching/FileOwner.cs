using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PvTimer.Sharding.Launching;

/// <summary>Who owns a file, which .NET does not say. See statx(2).</summary>
public static class FileOwner
{
    private const uint Root = 0;
    private const int CurrentDirectory = -100;
    private const uint WantUser = 0x8;
    private const int StatusBytes = 256;

    /// <summary>Of stx_uid, the same on every architecture.</summary>
    private const int UserOffset = 20;

    /// <summary>
    /// Whether a file belongs neither to the user as whom this process acts nor to root. False also where that cannot
    /// be known: not on Linux, or no such file.
    /// </summary>
    /// <param name="path">A file or folder; of a link, where it leads.</param>
    /// <param name="owner">The number of its owner, if it is foreign.</param>
    public static bool IsForeign(string path, out uint owner)
    {
        owner = Root;
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }
        byte[] status = new byte[StatusBytes];
        if (statx(CurrentDirectory, path, 0, WantUser, status) != 0)
        {
            return false;
        }
        owner = BinaryPrimitives.ReadUInt32LittleEndian(status.AsSpan(UserOffset));
        return IsForeign(owner, geteuid());
    }

    internal static bool IsForeign(uint owner, uint user) => owner != user && owner != Root;

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(
        int directory,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        int flags,
        uint wanted,
        byte[] status
    );

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint geteuid();
}
