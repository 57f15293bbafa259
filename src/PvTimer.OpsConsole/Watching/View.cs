using System;
using System.Collections.Immutable;
using PvTimer.Model.Looks;

namespace PvTimer.OpsConsole.Watching;

/// <summary>What one viewer looks at.</summary>
/// <param name="Kind">Which document it gets.</param>
/// <param name="Subject">Host: the host's name; Actor: the entity's; else empty.</param>
public sealed record View(ViewKind Kind, string Subject = "")
{
    /// <summary>What nodes have to show for it; null: nothing of the machine.</summary>
    public LookRequest? Request =>
        Kind switch
        {
            ViewKind.Cluster => null,
            ViewKind.Machine or ViewKind.Run => LookRequest.Sums,
            ViewKind.Host => LookRequest.Sums with { Hosts = [Subject] },
            ViewKind.Actor => LookRequest.Sums with { Actors = [Subject] },
            ViewKind.Timers => LookRequest.Sums with { Timers = LookRequest.MaxTimers },
            _ => throw new InvalidOperationException($"a view of {Kind}"),
        };

    /// <summary>The names of the kinds, as addresses have them.</summary>
    public static ImmutableArray<string> Names { get; } =
    [.. Array.ConvertAll(Enum.GetNames<ViewKind>(), static name => name.ToLowerInvariant())];
}

/// <summary>The documents that can be watched.</summary>
public enum ViewKind
{
    /// <summary>Members, shards, windows, checkpoints, the run.</summary>
    Cluster,

    /// <summary>The sums of all hosts.</summary>
    Machine,

    /// <summary>Every pCPU and vCPU of one host.</summary>
    Host,

    /// <summary>Every field of one entity.</summary>
    Actor,

    /// <summary>The pending timers, earliest first.</summary>
    Timers,

    /// <summary>Where the run is in virtual time, its checkpoints, and what has happened to it.</summary>
    Run,
}
