using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Faults;

/// <summary>What a drill does to a cluster in mid-run.</summary>
public enum FaultKind
{
    /// <summary>SIGKILL: a node is gone at once.</summary>
    Kill,

    /// <summary>SIGSTOP, and SIGCONT when the span is over: a node is silent, and may have been given up then.</summary>
    Pause,

    /// <summary>A node gives its cells away and ends.</summary>
    Leave,

    /// <summary>A cell, or all cells of a host, go to a node.</summary>
    Move,

    /// <summary>One more node.</summary>
    Join,

    /// <summary>Sides of nodes do not hear each other until the span is over.</summary>
    Partition,

    /// <summary>An event of the scenario that nobody had planned.</summary>
    Inject,

    /// <summary>No fault, but what others are recovered from.</summary>
    Checkpoint,
}

/// <summary>When a fault happens.</summary>
/// <param name="Backend">In this back-end's run; null: in the first one's.</param>
/// <param name="Percent">
/// Of that run's virtual time, 0 to 100: when somebody sees that it has come so far. Null: when its nodes
/// begin to form.
/// </param>
/// <param name="Later">Wall time after that.</param>
/// <param name="At">
/// Instead of a percentage, that very instant of virtual time, which stands still there until the fault has
/// begun; null: see the percentage.
/// </param>
public sealed record FaultMoment(
    string? Backend,
    decimal? Percent,
    TimeSpan Later,
    VirtualTime? At = null
)
{
    public override string ToString()
    {
        string instant =
            At is { } at ? Units.Write(at - VirtualTime.Zero)
            : Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"{percent}%")
            : Fault.Start;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(Backend is null ? "" : Backend + ":")}{instant}{(Later > TimeSpan.Zero ? $"+{Later.TotalMilliseconds}ms" : "")}"
        );
    }
}

/// <summary>One fault of a drill, as the command line writes it.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Subject">
/// Kill, Pause, Leave: a node, or "coordinator" for the node where that lives. Move: a cell or a host.
/// Partition: sides, see <see cref="NetworkPartition"/>. Inject: an event in HOCON. Join, Checkpoint: empty.
/// </param>
/// <param name="To">Move: the node; else null.</param>
/// <param name="Moment">When.</param>
/// <param name="Lasts">Pause, Partition: how long; else zero.</param>
/// <remarks>
/// <code>
///   kill:node-2@50%                     join@30%
///   pause:coordinator@50%:2s            move:h3:node-1@30%+50ms
///   leave:node-2@pvtimer:50%            partition:node-1|node-2,node-3@50%:5s
///   kill:node-3@start+100ms             inject:{ migrate = web-0, to = h2 }@40%
///   kill:node-2@12.5ms                  checkpoint@10ms
/// </code>
/// </remarks>
public sealed record Fault(
    FaultKind Kind,
    string Subject,
    string? To,
    FaultMoment Moment,
    TimeSpan Lasts
)
{
    /// <summary>Stands for the node where the coordinator lives when the fault happens.</summary>
    public const string Coordinator = "coordinator";

    internal const string Start = "start";

    private static readonly FrozenDictionary<string, (FaultKind Kind, string Form)> Kinds =
        new Dictionary<string, (FaultKind, string)>(StringComparer.Ordinal)
        {
            ["kill"] = (FaultKind.Kill, "kill:NODE@50%"),
            ["pause"] = (FaultKind.Pause, "pause:NODE@50%:2s"),
            ["leave"] = (FaultKind.Leave, "leave:NODE@50%"),
            ["move"] = (FaultKind.Move, "move:CELL:NODE@50%"),
            ["join"] = (FaultKind.Join, "join@50%"),
            ["checkpoint"] = (FaultKind.Checkpoint, "checkpoint@5ms"),
            ["partition"] = (FaultKind.Partition, "partition:node-1|node-2,node-3@50%:5s"),
            ["inject"] = (FaultKind.Inject, "inject:{ migrate = VM, to = HOST }@50%"),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The nodes that it names.</summary>
    public IEnumerable<string> Nodes =>
        Kind switch
        {
            FaultKind.Kill or FaultKind.Pause or FaultKind.Leave => [Subject],
            FaultKind.Move => [To!],
            FaultKind.Partition => NetworkPartition.Parse(Subject).Sides.SelectMany(side => side),
            _ => [],
        };

    /// <exception cref="FormatException">It is no fault; the message says what is accepted.</exception>
    public static Fault Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string name = text.Split(':', '@')[0];
        if (!Kinds.TryGetValue(name, out (FaultKind Kind, string Form) known))
        {
            string forms = string.Join(
                ", ",
                Kinds.Values.Select(kind => kind.Form).Order(StringComparer.Ordinal)
            );
            throw new FormatException($"'{text}'; accepted: {forms}");
        }
        int at = text.LastIndexOf('@');
        return at >= 0 && Read(known.Kind, text[name.Length..at], text[(at + 1)..]) is { } read
            ? read
            : throw new FormatException(
                $"'{text}'; accepted: {known.Form}, with 'start', a percentage from 0 to 100 or a virtual time such as 5ms up to {Bounds.Write(Bounds.LongestSpan)}, and +SPAN for wall time after that, spans of wall time up to {Bounds.Write(Bounds.LongestWait)}"
            );
    }

    public override string ToString()
    {
        string kind = Kind.ToString().ToLowerInvariant();
        string subject = Subject.Length == 0 ? "" : $":{Subject}";
        string to = To is null ? "" : $":{To}";
        string lasts =
            Lasts == TimeSpan.Zero
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $":{Lasts.TotalMilliseconds}ms");
        return $"{kind}{subject}{to}@{Moment}{lasts}";
    }

    private static Fault? Read(FaultKind kind, string whom, string when)
    {
        string[] parts = when.Split(':');
        string? backend = IsMoment(parts[0]) ? null : parts[0];
        string[] rest = parts[(backend is null ? 0 : 1)..];
        bool hasSpan = kind is FaultKind.Pause or FaultKind.Partition;
        TimeSpan lasts = TimeSpan.Zero;
        if (
            backend?.Length == 0
            || rest.Length != (hasSpan ? 2 : 1)
            || MomentOf(backend, rest[0]) is not { } moment
            || (hasSpan && !TryParseSpan(rest[1], out lasts))
            || (hasSpan && lasts == TimeSpan.Zero)
        )
        {
            return null;
        }
        string[] names = kind == FaultKind.Move ? whom.Split(':') : [];
        return kind switch
        {
            FaultKind.Join or FaultKind.Checkpoint => whom.Length == 0
                ? new Fault(kind, "", null, moment, lasts)
                : null,
            FaultKind.Move => names is ["", { Length: > 0 } cell, { Length: > 0 } node]
                ? new Fault(kind, cell, node, moment, lasts)
                : null,
            _ when whom.Length < 2 => null,
            FaultKind.Partition => new Fault(
                kind,
                NetworkPartition.Parse(whom[1..]).ToString(),
                null,
                moment,
                lasts
            ),
            FaultKind.Inject => new Fault(kind, whom[1..], null, moment, lasts),
            _ => whom.AsSpan(1).Contains(':')
                ? null
                : new Fault(kind, whom[1..], null, moment, lasts),
        };
    }

    private static bool IsMoment(string text) =>
        text.Contains('%', StringComparison.Ordinal)
        || text.Split('+')[0] == Start
        || Units.TryParseSpan(text.Split('+')[0], out _);

    private static FaultMoment? MomentOf(string? backend, string text)
    {
        string[] parts = text.Split('+');
        TimeSpan later = TimeSpan.Zero;
        if (parts.Length > 2 || (parts.Length == 2 && !TryParseSpan(parts[1], out later)))
        {
            return null;
        }
        if (parts[0] == Start)
        {
            return new FaultMoment(backend, null, later);
        }
        if (
            Units.TryParseSpan(parts[0], out VirtualDuration instant)
            && instant >= VirtualDuration.Zero
            && instant <= Bounds.LongestSpan
        )
        {
            return new FaultMoment(backend, null, later, VirtualTime.Zero + instant);
        }
        bool isShare =
            parts[0].EndsWith('%')
            & decimal.TryParse(
                parts[0].AsSpan().TrimEnd('%'),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out decimal percent
            );
        return isShare && percent is >= 0 and <= 100
            ? new FaultMoment(backend, percent, later)
            : null;
    }

    private static bool TryParseSpan(string text, out TimeSpan span)
    {
        bool isSpan =
            Units.TryParseSpan(text, out VirtualDuration read)
            && read >= VirtualDuration.Zero
            && read <= Bounds.LongestWait;
        span = isSpan ? TimeSpan.FromMilliseconds(read.Nanoseconds / 1_000_000) : TimeSpan.Zero;
        return isSpan;
    }
}
