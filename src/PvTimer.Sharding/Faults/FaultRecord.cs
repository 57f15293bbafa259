using System;
using System.Globalization;
using System.Threading;
using PvTimer.Model.Time;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Faults;

/// <summary>What became of a fault.</summary>
/// <param name="Fault">Which.</param>
/// <param name="At">Virtual time at which it began; null: it did not.</param>
/// <param name="IsDone">It happened.</param>
/// <param name="What">What was done and what came of it, or why not.</param>
public sealed record FaultReport(Fault Fault, VirtualTime? At, bool IsDone, string What)
{
    public override string ToString() => $"{Fault}: {What}";
}

/// <summary>What became of a fault, and how long virtual time stood still for it.</summary>
internal sealed class FaultRecord(Fault fault, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private DateTimeOffset _begun;
    private TimeSpan _begunAt;
    private RunStatus? _before;
    private RunStatus? _after;
    private string? _did;
    private string? _failure;
    private TimeSpan? _ranAgain;

    public Fault Fault { get; } = fault;

    public FaultReport Report
    {
        get
        {
            lock (_gate)
            {
                VirtualTime? at = _before is null
                    ? null
                    : VirtualTime.FromNanoseconds(_before.ReachedNanoseconds);
                bool isDone = _failure is null && _did is not null;
                return new FaultReport(Fault, at, isDone, Outcome());
            }
        }
    }

    /// <summary>It happens now.</summary>
    public void Begin(RunStatus before)
    {
        lock (_gate)
        {
            _begun = clock.GetUtcNow();
            _begunAt = MonotonicTime.On(clock);
            _before = before;
        }
    }

    /// <summary>This was done.</summary>
    public void Began(string what)
    {
        lock (_gate)
        {
            _did = what;
        }
    }

    /// <summary>It has happened, and what lasts a while is over.</summary>
    public void Ended(RunStatus after)
    {
        lock (_gate)
        {
            _after = after;
        }
    }

    public void Failed(string why)
    {
        lock (_gate)
        {
            _failure = why;
        }
    }

    /// <summary>
    /// The first time that virtual time is seen to run again: in a later formation, or, if what lasted a while
    /// was over before anybody was given up, in the same one.
    /// </summary>
    public bool IsOverIn(RunStatus status)
    {
        lock (_gate)
        {
            if (_before is null || _ranAgain is not null)
            {
                return false;
            }
            if (status.Phase is not (RunPhase.Running or RunPhase.Done))
            {
                return false;
            }
            bool inLater =
                (status.Id != _before.Id || status.Epoch > _before.Epoch) && status.Rounds > 0;
            bool inSame =
                Fault.Lasts > TimeSpan.Zero
                && _after is not null
                && status.Epoch == _before.Epoch
                && status.ReachedNanoseconds > _after.ReachedNanoseconds;
            if (inLater || inSame)
            {
                _ranAgain =
                    (inLater ? RanSince(status) : null) ?? MonotonicTime.On(clock) - _begunAt;
            }
            return _ranAgain is not null;
        }
    }

    /// <summary>
    /// From the coordinator's own note, as the client is told late: nodes of the same machine have one clock.
    /// </summary>
    private TimeSpan? RanSince(RunStatus status)
    {
        foreach (string line in status.History)
        {
            bool isRead = TimeOnly.TryParseExact(
                line.Split(' ')[0],
                "HH:mm:ss.fff",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out TimeOnly at
            );
            TimeSpan since = at - TimeOnly.FromDateTime(_begun.UtcDateTime);
            bool isAfter = since < TimeSpan.FromHours(1);
            if (isRead && isAfter && line.Contains(" runs, after ", StringComparison.Ordinal))
            {
                return since;
            }
        }
        return null;
    }

    private string Outcome()
    {
        if (_failure is not null)
        {
            return $"not done: {_failure}";
        }
        if (_before is null)
        {
            return "not done: the run was over";
        }
        string at = string.Create(
            CultureInfo.InvariantCulture,
            $"at {_before.ReachedNanoseconds / 1e6:0.###} ms {_did ?? "it began, and the run was over first"}"
        );
        return _ranAgain is { } again
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{at}; virtual time ran again after {again.TotalSeconds:0.00} s"
            )
            : $"{at}; no new formation was needed";
    }
}
