using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// Does what a schedule says to nodes that this process has started, as it watches their run, and measures how
/// long it takes until virtual time runs again.
/// </summary>
/// <param name="schedule">What to do, and when.</param>
/// <param name="nodes">To whom.</param>
/// <param name="door">The way into their cluster.</param>
/// <param name="firstBackend">Faults that name no back-end happen in this one's run.</param>
/// <param name="duration">Virtual time of each run.</param>
/// <param name="note">Told a line about whatever happens; from any thread.</param>
public sealed class FaultDrill(
    FaultSchedule schedule,
    IDrilledNodes nodes,
    ClusterDoor door,
    string firstBackend,
    VirtualDuration duration,
    Action<string> note
)
{
    private readonly FaultPerformer _performer = new(nodes, door);
    private readonly List<FaultRecord> _pending =
    [
        .. schedule.Faults.Select(fault => new FaultRecord(fault, door.Clock)),
    ];
    private readonly List<FaultRecord> _begun = [];
    private readonly List<Task> _tasks = [];
    private volatile RunStatus? _last;

    /// <summary>Where a run stands still, as faults are to happen at that very instant.</summary>
    /// <param name="backend">Whose run.</param>
    /// <param name="over">The run is over: what has not happened does not happen any more.</param>
    public RunHolds HoldsOf(string backend, CancellationToken over) =>
        new(
            _pending
                .Where(record => IsIn(record.Fault, backend))
                .Where(record => record.Fault.Moment.At is not null)
                .Select(record => new RunHold(
                    record.Fault.Moment.At!.Value,
                    status => DoHeld(record, status, over)
                ))
        );

    /// <summary>Told what the cluster says of a run, whenever it says something.</summary>
    /// <param name="backend">Whose run.</param>
    /// <param name="status">The answer.</param>
    /// <param name="over">See <see cref="HoldsOf"/>.</param>
    public void Watch(string backend, RunStatus status, CancellationToken over)
    {
        ArgumentNullException.ThrowIfNull(status);
        if (status.Phase is RunPhase.Unknown or RunPhase.Waiting)
        {
            return;
        }
        _last = status;
        foreach (FaultRecord record in _begun.Where(record => record.IsOverIn(status)))
        {
            note($"drill: {record.Report}");
        }
        foreach (
            FaultRecord due in _pending.Where(each => IsDue(each.Fault, backend, status)).ToArray()
        )
        {
            Start(due, begun: null, over);
        }
    }

    /// <summary>What happened to each fault, when the run is over.</summary>
    public async Task<ImmutableArray<FaultReport>> End()
    {
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        return [.. _begun.Concat(_pending).Select(record => record.Report)];
    }

    private bool IsIn(Fault fault, string backend) =>
        backend == (fault.Moment.Backend ?? firstBackend);

    private bool IsDue(Fault fault, string backend, RunStatus status) =>
        IsIn(fault, backend)
        && fault.Moment.At is null
        && (
            fault.Moment.Percent is not { } percent
            || (
                status.Phase == RunPhase.Running
                && status.ReachedNanoseconds >= percent / 100 * duration.Nanoseconds
            )
        );

    /// <summary>Virtual time goes on when the fault has begun: to last, it needs a run to last in.</summary>
    private async Task DoHeld(FaultRecord record, RunStatus status, CancellationToken over)
    {
        _last = status;
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(record, begun, over);
        if (record.Fault.Moment.Later == TimeSpan.Zero)
        {
            await begun.Task.ConfigureAwait(false);
        }
    }

    private void Start(FaultRecord record, TaskCompletionSource? begun, CancellationToken over)
    {
        _pending.Remove(record);
        _begun.Add(record);
        _tasks.Add(Perform(record, begun, over));
    }

    private async Task Perform(
        FaultRecord record,
        TaskCompletionSource? begun,
        CancellationToken over
    )
    {
        Fault fault = record.Fault;
        try
        {
            await Task.Delay(fault.Moment.Later, door.Clock, over).ConfigureAwait(false);
            record.Begin(_last!);
            FaultBegun did = await _performer.Begin(fault).ConfigureAwait(false);
            record.Began(did.What);
            begun?.TrySetResult();
            note($"drill: {fault}: {did.What}");
            if (did.End is { } end)
            {
                // It ends in any case: a process that sleeps cannot be ended in order.
                await Task.WhenAny(Task.Delay(fault.Lasts, door.Clock, over)).ConfigureAwait(false);
                string ended = end();
                over.ThrowIfCancellationRequested();
                record.Began(ended);
                note($"drill: {fault}: {ended}");
            }
            record.Ended(_last!);
        }
        catch (OperationCanceledException)
        {
            // The run was over before its time had come, or its span was over.
        }
        catch (Exception e)
            when (e is ClusterUnreachableException or Win32Exception or DrillException)
        {
            record.Failed(e.Message);
            note($"drill: {record.Report}");
        }
        finally
        {
            begun?.TrySetResult();
        }
    }
}
