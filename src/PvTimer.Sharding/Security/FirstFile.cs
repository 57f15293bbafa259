using System;
using System.IO;
using System.Runtime.InteropServices;

namespace PvTimer.Sharding.Security;

/// <summary>Puts a whole file where no other one may be: of several at once the first one wins.</summary>
internal static class FirstFile
{
    /// <param name="own">The content, under a name of its own in the same folder; it is gone afterwards.</param>
    /// <param name="file">Where it goes, unless there is one.</param>
    /// <exception cref="IOException">It can be put nowhere.</exception>
    public static void Place(string own, string file)
    {
        // .NET looks first and renames then where there is nothing, so that two of them would both win.
        if (!OperatingSystem.IsWindows() && (link(own, file) == 0 || File.Exists(file)))
        {
            File.Delete(own);
            return;
        }
        try
        {
            File.Move(own, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(own);
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string from,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string to
    );
}
