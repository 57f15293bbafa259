using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// From which peers a drill has cut this node off. Every node of a partition has to be told; what travels on
/// a connection is held by the node that opened it, see <see cref="CuttableTransport"/>.
/// </summary>
internal sealed class NetworkCut(TimeProvider clock) : IExtension
{
    private readonly Lock _gate = new();
    private ImmutableHashSet<(string? Host, int? Port)> _peers = [];
    private TaskCompletionSource _change = NewChange();
    private Action? _changed;

    public static NetworkCut Of(ActorSystem system) =>
        system.WithExtension<NetworkCut, NetworkCutProvider>();

    /// <summary>From now on nothing is exchanged with these, and with these only; empty: the network is whole.</summary>
    public void Set(IEnumerable<Address> peers)
    {
        TaskCompletionSource before;
        Action? changed;
        lock (_gate)
        {
            _peers = [.. peers.Select(KeyOf)];
            before = _change;
            _change = NewChange();
            changed = _changed;
        }
        before.SetResult();
        changed?.Invoke();
    }

    public bool Separates(Address peer)
    {
        lock (_gate)
        {
            return _peers.Contains(KeyOf(peer));
        }
    }

    /// <summary>Returns when the network to a peer is whole.</summary>
    /// <exception cref="TimeoutException">It was not for so long.</exception>
    public async Task WhenWhole(Address peer, TimeSpan patience)
    {
        TimeSpan end = MonotonicTime.On(clock) + patience;
        while (true)
        {
            Task change;
            lock (_gate)
            {
                if (!_peers.Contains(KeyOf(peer)))
                {
                    return;
                }
                change = _change.Task;
            }
            TimeSpan left = end - MonotonicTime.On(clock);
            await change
                .WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Calls it after every change, until what is returned is disposed of.</summary>
    public IDisposable Watch(Action changed)
    {
        lock (_gate)
        {
            _changed += changed;
        }
        return new Watcher(this, changed);
    }

    /// <summary>The transport's addresses and the actors' differ in all but host and port.</summary>
    private static (string?, int?) KeyOf(Address address) => (address.Host, address.Port);

    private static TaskCompletionSource NewChange() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Watcher(NetworkCut cut, Action changed) : IDisposable
    {
        public void Dispose()
        {
            lock (cut._gate)
            {
                cut._changed -= changed;
            }
        }
    }
}

internal sealed class NetworkCutProvider : ExtensionIdProvider<NetworkCut>
{
    public override NetworkCut CreateExtension(ExtendedActorSystem system) =>
        new(ClusterTime.ClockOf(system));
}
