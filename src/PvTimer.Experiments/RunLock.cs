using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using PvTimer.Sharding.Launching;

namespace PvTimer.Experiments;

/// <summary>
/// A run directory while a process runs there: no other process runs, resumes or replaces anything in it meanwhile.
/// The kernel lets go of it when the process ends, however it ends. The nodes of the run do not need it: they belong
/// to the process that has it.
/// </summary>
/// <remarks>
/// <code>
///   .lock           open without sharing as long as it is held, see flock(2)
///   .lock-process   who holds it, for the line that refuses others
/// </code>
/// </remarks>
public sealed class RunLock : IDisposable
{
    private const string Name = ".lock";
    private const string Process = ".lock-process";

    /// <summary>The directory may vanish between two steps, when the process that made it ends.</summary>
    private const int MostTries = 10;

    private readonly FileStream _file;
    private readonly string _process;
    private readonly List<string> _made;

    private RunLock(FileStream file, string directory, List<string> made)
    {
        _file = file;
        _process = Path.Combine(directory, Process);
        _made = made;
        try
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n");
            File.WriteAllText(_process, text);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes the directory of a run that begins; it is made if it is not there.</summary>
    /// <returns>Null: no file can be made there, and whatever is written next says why.</returns>
    /// <exception cref="RunLockedException">Another process runs there.</exception>
    public static RunLock? Take(string directory)
    {
        List<string> made = [];
        for (int tries = 0; ; tries++)
        {
            try
            {
                string full = Path.GetFullPath(directory);
                WritableFolder.Make(full, made);
                return new RunLock(Open(full), full, made);
            }
            catch (DirectoryNotFoundException) when (tries < MostTries)
            {
                made.Clear();
            }
            catch (Exception e)
                when (e
                        is IOException
                            and not RunLockedException
                            or UnauthorizedAccessException
                            or ArgumentException
                            or NotSupportedException
                )
            {
                WritableFolder.Remove(made);
                return null;
            }
        }
    }

    /// <summary>Takes the directory of a run that goes on.</summary>
    /// <returns>Null: there is none, or no file can be made there, and whatever is read next says why.</returns>
    /// <exception cref="RunLockedException">Another process runs there.</exception>
    /// <exception cref="ResumeException">It belongs to another user.</exception>
    public static RunLock? TakeResumed(string directory)
    {
        if (!RunRecord.IsIn(directory))
        {
            return null;
        }
        foreach (string path in new[] { directory, Path.Combine(directory, RunRecord.Name) })
        {
            if (FileOwner.IsForeign(path, out uint owner))
            {
                throw new ResumeException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"--resume: '{path}' belongs to user {owner}; accepted: a run of the user who resumes it, or of root"
                    )
                );
            }
        }
        return Take(directory);
    }

    /// <summary>A file of this lock: it is no result, and the directory is as good as empty with it alone.</summary>
    internal static bool IsOf(string entry) => Path.GetFileName(entry) is Name or Process;

    /// <summary>Lets go of the directory, and removes it again if it was made for nothing.</summary>
    public void Dispose()
    {
        File.Delete(_process);
        _file.Dispose();
        WritableFolder.Remove(_made);
    }

    private static FileStream Open(string directory)
    {
        string path = Path.Combine(directory, Name);
        try
        {
            return new FileStream(
                path,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 0,
                FileOptions.DeleteOnClose
            );
        }
        catch (Exception e)
            when (e is IOException and not DirectoryNotFoundException or UnauthorizedAccessException
                && File.Exists(path)
            )
        {
            // One of another user that cannot be opened counts as held: nothing is known of it.
            throw new RunLockedException(
                $"'{directory}' is being run by {HolderOf(directory)}; accepted: another folder, or this one when that process has ended"
            );
        }
    }

    private static string HolderOf(string directory)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(directory, Process));
            if (int.TryParse(text, CultureInfo.InvariantCulture, out int process))
            {
                return string.Create(CultureInfo.InvariantCulture, $"process {process}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has only just taken it, or lets go of it.
        }
        return "another process";
    }
}

/// <summary>Another process runs in a directory; the message is one line that names it.</summary>
public sealed class RunLockedException(string message) : IOException(message);
