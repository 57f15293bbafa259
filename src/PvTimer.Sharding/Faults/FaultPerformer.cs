using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;

namespace PvTimer.Sharding.Faults;

/// <summary>A fault that has begun.</summary>
/// <param name="What">One line: what was done.</param>
/// <param name="End">Has it end, when its span is over, and says so; null: there is nothing to end.</param>
internal sealed record FaultBegun(string What, Func<string>? End = null);

/// <summary>Does to nodes what a fault says, now.</summary>
internal sealed class FaultPerformer(IDrilledNodes nodes, ClusterDoor door)
{
    /// <exception cref="DrillException">It cannot be done.</exception>
    /// <exception cref="ClusterUnreachableException">No node answers.</exception>
    public async Task<FaultBegun> Begin(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                string killed = await NameOf(fault.Subject).ConfigureAwait(false);
                await nodes.Kill(killed).ConfigureAwait(false);
                return new FaultBegun($"{killed} was killed");
            case FaultKind.Pause:
                string paused = await NameOf(fault.Subject).ConfigureAwait(false);
                nodes.Suspend(paused);
                return new FaultBegun(
                    $"{paused} was stopped",
                    () =>
                    {
                        nodes.Continue(paused);
                        return $"{paused} goes on";
                    }
                );
            case FaultKind.Leave:
                string leaving = await NameOf(fault.Subject).ConfigureAwait(false);
                nodes.Leave(leaving);
                return new FaultBegun($"{leaving} was asked to leave");
            case FaultKind.Move:
                string to = await NameOf(fault.To!).ConfigureAwait(false);
                return await Order(ClusterVerb.Move, fault.Subject, to).ConfigureAwait(false);
            case FaultKind.Join:
                return new FaultBegun($"{nodes.Join()} was started");
            case FaultKind.Partition:
                return await Cut(fault).ConfigureAwait(false);
            case FaultKind.Checkpoint:
                return await Order(ClusterVerb.Checkpoint, "", null).ConfigureAwait(false);
            default:
                return await Order(ClusterVerb.Inject, fault.Subject, null).ConfigureAwait(false);
        }
    }

    private async Task<FaultBegun> Cut(Fault fault)
    {
        List<ImmutableArray<string>> sides = [];
        foreach (ImmutableArray<string> side in NetworkPartition.Parse(fault.Subject).Sides)
        {
            sides.Add([.. await Task.WhenAll(side.Select(NameOf)).ConfigureAwait(false)]);
        }
        NetworkPartition partition = new([.. sides]);
        CommandAnswer answer = await partition.Begin(door, fault.Lasts).ConfigureAwait(false);
        // The nodes mend it themselves: nobody may reach them from here by then.
        return answer.Accepted
            ? new FaultBegun(answer.What, static () => "the network is whole again")
            : throw new DrillException(answer.What);
    }

    private async Task<FaultBegun> Order(ClusterVerb verb, string subject, string? to)
    {
        CommandAnswer answer = await door.Ask<CommandAnswer>(new ClusterCommand(verb, subject, to))
            .ConfigureAwait(false);
        return answer.Accepted
            ? new FaultBegun(answer.What)
            : throw new DrillException(answer.What);
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
}
