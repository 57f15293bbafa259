using System;
using System.IO;
using System.Text;

namespace PvTimer.Experiments;

/// <summary>Files that are there whole, or as they were before: never half, whatever ends the process.</summary>
public static class WholeFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes beside the file, to the disk itself, and then renames.</summary>
    /// <param name="path">Its folder is made if need be; a file that is there is replaced.</param>
    /// <param name="content">Text is written as UTF-8.</param>
    /// <exception cref="IOException">It cannot be written; what was there is as it was.</exception>
    public static void Write(string path, string content) => Write(path, Utf8.GetBytes(content));

    /// <inheritdoc cref="Write(string, string)"/>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full) ?? full);
        string partial = full + ".partial";
        try
        {
            using (FileStream file = new(partial, FileMode.Create, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            File.Move(partial, full, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
