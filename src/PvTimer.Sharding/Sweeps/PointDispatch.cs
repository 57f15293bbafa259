using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Wire;

namespace PvTimer.Sharding.Sweeps;

/// <summary>
/// Has the nodes of a cluster carry out runs of a sweep, whichever are there: nodes may die, join and leave meanwhile.
/// A run that a node does not answer for is given to another one; of each run one outcome counts.
/// </summary>
/// <param name="door">The way to the nodes.</param>
/// <param name="note">Takes a line about nodes that come and go.</param>
public sealed class PointDispatch(ClusterDoor door, Action<string> note)
{
    /// <summary>How often it is looked which nodes there are.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan FullWait = TimeSpan.FromMilliseconds(200);

    /// <summary>Answers that may be missing in a row, two seconds each, until a node counts as lost.</summary>
    private const int MostMissing = 3;

    /// <summary>Times that a node is sent what an order's run is made from: it holds the last recordings only.</summary>
    private const int MostSent = 4;

    /// <summary>Waiting at the node, so that it has something to do while an outcome travels.</summary>
    private const int Ahead = 1;

    private readonly Lock _gate = new();
    private readonly Queue<PointOrder> _returned = [];
    private readonly HashSet<string> _finished = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Feed> _feeds = new(StringComparer.Ordinal);
    private IEnumerator<PointOrder> _orders = Enumerable.Empty<PointOrder>().GetEnumerator();
    private Action<PointOutcome> _tell = static _ => { };
    private int _outstanding;
    private bool _isAtEnd;

    /// <summary>One node that is given work.</summary>
    private sealed class Feed(string name, int slots)
    {
        public string Name => name;

        public List<Task> Slots { get; } = [.. Enumerable.Repeat(Task.CompletedTask, slots)];

        /// <summary>One recording after the other, so that none is sent twice.</summary>
        public SemaphoreSlim Sending { get; } = new(1);

        public volatile bool IsLost;
    }

    /// <param name="orders">Each once; asked for one after the other.</param>
    /// <param name="finished">Called once for each, never on two threads at once.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="ClusterUnreachableException">No node answers any more.</exception>
    /// <exception cref="OrderRefusedException">The nodes have another token.</exception>
    public async Task Run(
        IEnumerable<PointOrder> orders,
        Action<PointOutcome> finished,
        CancellationToken stop
    )
    {
        ArgumentNullException.ThrowIfNull(orders);
        using IEnumerator<PointOrder> all = orders.GetEnumerator();
        _orders = all;
        _tell = finished;
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            while (!stop.IsCancellationRequested && !IsDone())
            {
                ClusterStatus status = await door.Ask<ClusterStatus>(AskCluster.Instance)
                    .ConfigureAwait(false);
                await Follow(status, over.Token).ConfigureAwait(false);
                await Pause(over.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_feeds.Values.SelectMany(feed => feed.Slots)).ConfigureAwait(false);
        }
    }

    /// <summary>Until it is time to look again, or nothing is left to be done.</summary>
    private async Task Pause(CancellationToken over)
    {
        Task[] working = [.. _feeds.Values.SelectMany(feed => feed.Slots)];
        Task wait = Task.Delay(LookEvery, door.Clock, over);
        await Task.WhenAny(wait, Task.WhenAll(working)).ConfigureAwait(false);
        if (!IsDone() && working.All(each => each.IsCompleted))
        {
            // No node has anything to do, as none is there, or the last one was just lost.
            await Task.WhenAny(wait).ConfigureAwait(false);
        }
    }

    private bool IsDone()
    {
        lock (_gate)
        {
            return _isAtEnd && _outstanding == 0 && _returned.Count == 0;
        }
    }

    private async Task Follow(ClusterStatus status, CancellationToken over)
    {
        Dictionary<string, MemberStatusLine> up = status
            .Members.Where(member =>
                member is { Status: "Up", IsReachable: true, Report: not null }
            )
            .ToDictionary(member => member.Address, StringComparer.Ordinal);
        door.Learn(up.Keys);
        foreach ((string address, Feed feed) in _feeds.ToArray())
        {
            if (feed.IsLost || !up.ContainsKey(address))
            {
                feed.IsLost = true;
                _feeds.Remove(address);
                await Task.WhenAll(feed.Slots).ConfigureAwait(false);
                note($"{feed.Name} takes no more runs; what it had goes to others");
            }
        }
        foreach ((string address, MemberStatusLine member) in up)
        {
            if (!_feeds.TryGetValue(address, out Feed? feed))
            {
                feed = new Feed(member.Report!.Seat.Name, member.Report.Seat.Regions + Ahead);
                _feeds.Add(address, feed);
                note($"{feed.Name} takes runs");
            }
            for (int slot = 0; slot < feed.Slots.Count; slot++)
            {
                if (feed.Slots[slot].IsCompleted)
                {
                    await feed.Slots[slot].ConfigureAwait(false);
                    feed.Slots[slot] = Serve(address, feed, over);
                }
            }
        }
    }

    /// <summary>Gives a node one run after the other, until there are none or it is lost.</summary>
    private async Task Serve(string address, Feed feed, CancellationToken over)
    {
        while (!over.IsCancellationRequested && !feed.IsLost && Next() is { } order)
        {
            PointOutcome? outcome = null;
            try
            {
                outcome = await OutcomeOf(address, feed, order, over).ConfigureAwait(false);
            }
            finally
            {
                End(order, outcome);
            }
        }
    }

    /// <summary>Null: it is to be given to another node.</summary>
    private async Task<PointOutcome?> OutcomeOf(
        string address,
        Feed feed,
        PointOrder order,
        CancellationToken over
    )
    {
        int sent = 0;
        for (int missing = 0; missing < MostMissing; )
        {
            if (over.IsCancellationRequested || feed.IsLost)
            {
                return null;
            }
            try
            {
                switch (
                    await door.GiveNode<IWireMessage>(address, PointsActor.Name, order)
                        .WaitAsync(over)
                        .ConfigureAwait(false)
                )
                {
                    case PointOutcome outcome when outcome.Hash == order.Hash:
                        return outcome;
                    case PointLacks lacks when sent++ < MostSent:
                        await PointParcels
                            .Send(door, address, feed.Sending, order, lacks, over)
                            .ConfigureAwait(false);
                        break;
                    case PointLacks:
                        return Failed(
                            order,
                            $"{feed.Name} does not keep the recordings it is sent"
                        );
                    case PointAtWork { IsTaken: false }:
                        await Task.Delay(FullWait, door.Clock, over).ConfigureAwait(false);
                        break;
                    default:
                        break;
                }
                missing = 0;
            }
            catch (ClusterUnreachableException)
            {
                missing++;
            }
            catch (IOException e)
            {
                return Failed(order, e.Message.ReplaceLineEndings(" "));
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
        feed.IsLost = true;
        return null;
    }

    private static PointOutcome Failed(PointOrder order, string why) =>
        new(order.Hash, Result: null, why);

    private PointOrder? Next()
    {
        lock (_gate)
        {
            if (!_returned.TryDequeue(out PointOrder? order))
            {
                _isAtEnd = _isAtEnd || !_orders.MoveNext();
                order = _isAtEnd ? null : _orders.Current;
            }
            _outstanding += order is null ? 0 : 1;
            return order;
        }
    }

    private void End(PointOrder order, PointOutcome? outcome)
    {
        lock (_gate)
        {
            _outstanding--;
            if (outcome is null)
            {
                _returned.Enqueue(order);
            }
            else if (_finished.Add(order.Hash))
            {
                _tell(outcome);
            }
        }
    }
}
