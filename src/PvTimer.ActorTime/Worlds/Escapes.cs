using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace PvTimer.ActorTime.Worlds;

/// <summary>What has reached actors from elsewhere than virtual time: when it comes depends on the machine.</summary>
internal sealed class Escapes
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string By, Task Answer)> _asked = [];

    /// <summary>A line for each, and each once.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>This thread, which is not the script's, has something for an actor.</summary>
    public void Add(Process target)
    {
        Thread thread = Thread.CurrentThread;
        string which = thread.IsThreadPoolThread
            ? "the thread pool"
            : thread.Name ?? "a thread of its own";
        string line =
            $"{target.Name} was told something by {which}, not by the script's thread: Task.Run, Task.Delay on the wall's "
            + "clock, or ConfigureAwait(false) behind one of them";
        lock (_gate)
        {
            if (!_lines.Contains(line))
            {
                _lines.Add(line);
            }
        }
    }

    /// <summary>An actor waits for the answer of another one, in virtual time.</summary>
    public void Asked(string by, Task answer)
    {
        lock (_gate)
        {
            _asked.Add((by, answer));
        }
    }

    /// <summary>
    /// A line for each actor that waits in a handler for something that will not come in virtual time: it has asked for none
    /// of the timers, and waits for none of the answers, that are still to come.
    /// </summary>
    /// <param name="actors">All that there are.</param>
    /// <param name="owners">Those for whom a timer is still to come, by path.</param>
    public IReadOnlyList<string> Waits(
        IReadOnlyDictionary<ActorCell, Process> actors,
        IReadOnlyList<string> owners
    )
    {
        HashSet<string> inTime = new(owners, StringComparer.Ordinal);
        lock (_gate)
        {
            _asked.RemoveAll(asked => asked.Answer.IsCompleted);
            inTime.UnionWith(_asked.Select(asked => asked.By));
        }
        return
        [
            .. actors
                .Select(pair => (Actor: pair.Value, Message: AkkaInternals.AwaitedIn(pair.Key)))
                .Where(each => each.Message is not null && !inTime.Contains(each.Actor.Name))
                .OrderBy(each => each.Actor.Number)
                .Select(each =>
                    $"{each.Actor.Name} awaits, in its handler of {each.Message!.GetType().Name}, something that has not come" // reason: as it was asked for
                ),
        ];
    }
}
