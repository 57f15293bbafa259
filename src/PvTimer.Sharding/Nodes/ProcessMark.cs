using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Serialization;
using PvTimer.Sharding.Launching;

namespace PvTimer.Sharding.Nodes;

/// <summary>
/// Names one process of one boot of one machine, so that another process of the same machine can tell for
/// certain that it is dead.
/// </summary>
/// <param name="Id">Its number.</param>
/// <param name="Started">When it started, in clock ticks since boot: numbers are used again.</param>
/// <param name="World">Boot and process namespace in which the number means something; empty: unknown.</param>
public sealed record ProcessMark(int Id, long Started, string World)
{
    private const int StartTimeField = 19;

    public static ProcessMark Own { get; } =
        new(Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0, WorldOfThisProcess());

    /// <summary>The mark of a process of this machine, as it is now.</summary>
    public static ProcessMark Of(int process) => new(process, StartOf(process) ?? 0, Own.World);

    /// <summary>It lives, and here: false also when that cannot be known from here.</summary>
    [JsonIgnore]
    public bool IsAliveHere => World.Length > 0 && World == Own.World && !IsCertainlyDead;

    /// <summary>
    /// Whether the process is certainly gone. False also when that cannot be known from here: another
    /// machine, another container, no /proc, one that hides the processes of others, or no descriptor left to
    /// read it with.
    /// </summary>
    [JsonIgnore]
    public bool IsCertainlyDead =>
        World.Length > 0
        && World == Own.World
        && IsDead(StatusOf(Id), Started, () => ProcessSignals.IsCertainlyGone(Id));

    /// <param name="status">Its line in /proc; null: it cannot be read.</param>
    /// <param name="started">When it started.</param>
    /// <param name="isGone">Asked when there is no line: whether the kernel knows no such process.</param>
    internal static bool IsDead(string? status, long started, Func<bool> isGone) =>
        status is null ? isGone() : StartIn(status) != started;

    private static long? StartOf(int id) => StatusOf(id) is { } status ? StartIn(status) : null;

    /// <summary>Field 22 of /proc/PID/stat; null: it has ended and is only still listed. See proc(5).</summary>
    private static long? StartIn(string status)
    {
        // The name in parentheses may hold anything; state is the first field after it.
        string[] fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
        bool isZombie = fields[0] is "Z" or "X";
        return isZombie ? null : long.Parse(fields[StartTimeField], CultureInfo.InvariantCulture);
    }

    private static string? StatusOf(int id)
    {
        try
        {
            return File.ReadAllText(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat")
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string WorldOfThisProcess()
    {
        try
        {
            string boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            string? space = new FileInfo("/proc/self/ns/pid").LinkTarget;
            return space is null ? "" : $"{boot}/{space}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
