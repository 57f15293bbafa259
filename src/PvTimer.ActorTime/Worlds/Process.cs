using System;
using Akka.Dispatch;

namespace PvTimer.ActorTime.Worlds;

/// <summary>
/// Something that takes steps one after the other: an actor with its mailbox, a timer, what waits for an answer.
/// Steps of different processes may come in any order.
/// </summary>
/// <param name="number">
/// In the order in which a script has made them: the same choices give the same numbers. Those of the actor system itself
/// are negative.
/// </param>
/// <param name="name">"/user/echo", "timer of /user/echo: Tick".</param>
internal sealed class Process(int number, string name)
{
    public int Number { get; } = number;

    public string Name { get; } = name;

    public override string ToString() => Name;
}

/// <summary>What a process is ready to do.</summary>
/// <param name="Process">Whose step it is.</param>
/// <param name="Run">The step.</param>
internal readonly record struct Work(Process Process, IRunnable Run);

/// <summary>Something that happens at an instant, unless it is cancelled before.</summary>
internal sealed class Alarm(Process process, string owner, long due, Action run) : IRunnable
{
    private Action? _run = run;

    public Process Process { get; } = process;

    /// <summary>Who has asked for it: an actor's path, or "the script".</summary>
    public string Owner { get; } = owner;

    /// <summary>Nanoseconds since the world began.</summary>
    public long Due { get; } = due;

    public bool IsCancelled => _run is null;

    /// <summary>It does not happen; nothing if it has already.</summary>
    public void Cancel() => _run = null;

    public void Run()
    {
        Action? act = _run;
        _run = null;
        act?.Invoke();
    }

    void System.Threading.IThreadPoolWorkItem.Execute() => Run();
}
