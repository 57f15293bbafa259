using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace PvTimer.Experiments;

/// <summary>Whether a folder can be written, found out by writing there and leaving nothing behind.</summary>
public static class WritableFolder
{
    /// <summary>Less space than this holds no results.</summary>
    private const int ProbeBytes = 1 << 20;

    private const string Probe = ".probe-";

    /// <summary>Why nothing can be written there, with the folder's name; null if it can.</summary>
    /// <param name="directory">It and its parents need not exist.</param>
    public static string? Obstacle(string directory)
    {
        if (string.IsNullOrWhiteSpace(directory))
        {
            return $"'{directory}' is no name of a folder";
        }
        List<string> made = [];
        try
        {
            string full = Path.GetFullPath(directory);
            Make(full, made);
            string probe = Path.Combine(
                full,
                string.Create(CultureInfo.InvariantCulture, $"{Probe}{Environment.ProcessId}")
            );
            using FileStream file = new(
                probe,
                FileMode.Create,
                FileAccess.Write,
                FileShare.None,
                bufferSize: 0,
                FileOptions.DeleteOnClose
            );
            file.Write(new byte[ProbeBytes]);
            file.Flush(flushToDisk: true);
            return null;
        }
        catch (Exception e)
            when (e
                    is IOException
                        or UnauthorizedAccessException
                        or ArgumentException
                        or NotSupportedException
            )
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException
                ? "no folder can be made there"
                : e.Message.TrimEnd('.');
            return $"'{directory}' cannot be written: {why}";
        }
        finally
        {
            Remove(made);
        }
    }

    /// <summary>A file that a process was killed over while it found out.</summary>
    internal static bool IsProbe(string name) => name.StartsWith(Probe, StringComparison.Ordinal);

    /// <summary>Makes a folder and those above it that are missing.</summary>
    /// <param name="folder">Absolute.</param>
    /// <param name="made">Those that were made are added, the outermost first.</param>
    internal static void Make(string folder, List<string> made)
    {
        if (Directory.Exists(folder))
        {
            return;
        }
        if (Path.GetDirectoryName(folder) is { } parent)
        {
            Make(parent, made);
        }
        Directory.CreateDirectory(folder);
        made.Add(folder);
    }

    /// <summary>Removes folders that were made, unless something is in them.</summary>
    /// <param name="made">The outermost first.</param>
    internal static void Remove(List<string> made)
    {
        for (int index = made.Count - 1; index >= 0; index--)
        {
            try
            {
                Directory.Delete(made[index]);
            }
            catch (IOException)
            {
                // Another process has put something into it meanwhile.
                return;
            }
        }
    }
}
