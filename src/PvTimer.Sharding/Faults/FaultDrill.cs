using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Time;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Launching;
using PvTimer.Sharding.Placement;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// Does what a schedule says to nodes that this process launched, as it watches their run, and measures how
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
    LocalNodes nodes,
    ClusterDoor door,
    string firstBackend,
    VirtualDuration duration,
    Action<string> note
)
{
    private readonly List<FaultRecord> _pending =
    [
        .. schedule.Faults.Select(fault => new FaultRecord(fault)),
    ];
    private readonly List<FaultRecord> _begun = [];
    private readonly List<Task> _tasks = [];
    private volatile RunStatus? _last;

    /// <summary>Told what the cluster says of a run, whenever it says something.</summary>
    /// <param name="backend">Whose run.</param>
    /// <param name="status">The answer.</param>
    /// <param name="over">The run is over: what has not happened does not happen any more.</param>
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
            note($"drill: {record.Line}");
        }
        foreach (
            FaultRecord due in _pending.Where(each => IsDue(each.Fault, backend, status)).ToArray()
        )
        {
            _pending.Remove(due);
            _begun.Add(due);
            _tasks.Add(Perform(due, over));
        }
    }

    /// <summary>What happened, a line for each fault, when the run is over.</summary>
    public async Task<ImmutableArray<string>> End()
    {
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        return [.. _begun.Concat(_pending).Select(record => record.Line)];
    }

    private bool IsDue(Fault fault, string backend, RunStatus status)
    {
        bool isItsRun = backend == (fault.Moment.Backend ?? firstBackend);
        return isItsRun
            && (
                fault.Moment.Percent is not { } percent
                || (
                    status.Phase == RunPhase.Running
                    && status.ReachedNanoseconds >= percent / 100 * duration.Nanoseconds
                )
            );
    }

    private async Task Perform(FaultRecord record, CancellationToken over)
    {
        try
        {
            await Task.Delay(record.Fault.Moment.Later, over).ConfigureAwait(false);
            record.Begin(_last!);
            string did = await Do(record.Fault, over).ConfigureAwait(false);
            record.Did(did, _last!);
            note($"drill: {record.Fault}: {did}");
        }
        catch (OperationCanceledException)
        {
            // The run was over before its time had come.
        }
        catch (Exception e)
            when (e is ClusterUnreachableException or Win32Exception or DrillException)
        {
            record.Failed(e.Message);
            note($"drill: {record.Line}");
        }
    }

    /// <summary>Returns what was done, when it is done.</summary>
    private async Task<string> Do(Fault fault, CancellationToken over)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                NodeProcess killed = await Node(fault.Subject).ConfigureAwait(false);
                ProcessSignals.Send(killed.Mark.Id, ProcessSignals.Kill);
                return $"{killed.Name} was killed";
            case FaultKind.Pause:
                return await Pause(fault, over).ConfigureAwait(false);
            case FaultKind.Leave:
                NodeProcess leaving = await Node(fault.Subject).ConfigureAwait(false);
                leaving.Leave();
                return $"{leaving.Name} was asked to leave";
            case FaultKind.Move:
                string to = await NameOf(fault.To!).ConfigureAwait(false);
                return await Order(ClusterVerb.Move, fault.Subject, to).ConfigureAwait(false);
            case FaultKind.Join:
                return $"{nodes.Add(ClusterSeat.CpuRole).Name} was started";
            case FaultKind.Partition:
                return await Cut(fault, over).ConfigureAwait(false);
            default:
                return await Order(ClusterVerb.Inject, fault.Subject, null).ConfigureAwait(false);
        }
    }

    private async Task<string> Pause(Fault fault, CancellationToken over)
    {
        NodeProcess paused = await Node(fault.Subject).ConfigureAwait(false);
        paused.Suspend();
        note($"drill: {fault}: {paused.Name} was stopped");
        // It goes on in any case: one that sleeps cannot be ended in order.
        await Task.WhenAny(Task.Delay(fault.Lasts, over)).ConfigureAwait(false);
        paused.Continue();
        return $"{paused.Name} goes on";
    }

    private async Task<string> Cut(Fault fault, CancellationToken over)
    {
        List<ImmutableArray<string>> sides = [];
        foreach (ImmutableArray<string> side in NetworkPartition.Parse(fault.Subject).Sides)
        {
            sides.Add([.. await Task.WhenAll(side.Select(NameOf)).ConfigureAwait(false)]);
        }
        NetworkPartition partition = new([.. sides]);
        CommandAnswer answer = await partition.Begin(door, fault.Lasts).ConfigureAwait(false);
        if (!answer.Accepted)
        {
            throw new DrillException(answer.What);
        }
        note($"drill: {fault}: {answer.What}");
        await Task.Delay(fault.Lasts, over).ConfigureAwait(false);
        return "the network is whole again";
    }

    private async Task<string> Order(ClusterVerb verb, string subject, string? to)
    {
        CommandAnswer answer = await door.Ask<CommandAnswer>(new ClusterCommand(verb, subject, to))
            .ConfigureAwait(false);
        return answer.Accepted ? answer.What : throw new DrillException(answer.What);
    }

    private async Task<NodeProcess> Node(string name)
    {
        string meant = await NameOf(name).ConfigureAwait(false);
        return nodes.Find(meant) is { HasEnded: false } node
            ? node
            : throw new DrillException($"{meant} is not there");
    }

    private async Task<string> NameOf(string node)
    {
        if (node != Fault.Coordinator)
        {
            return node;
        }
        ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
            .ConfigureAwait(false);
        return status.Members.FirstOrDefault(member => member.IsOldest)?.Report?.Seat.Name
            ?? throw new DrillException("there is no coordinator");
    }

    /// <summary>A fault could not happen; the message says why.</summary>
    private sealed class DrillException(string message) : Exception(message);
}
