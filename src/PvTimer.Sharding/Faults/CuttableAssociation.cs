using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;
using PvTimer.Sharding.Security;

namespace PvTimer.Sharding.Faults;

/// <summary>
/// A connection that this node opened. While its peer is cut off, what arrives is held in order, and writing
/// fails like that to a full socket: the writer keeps what it has and tries again.
/// </summary>
internal sealed class CuttableAssociation
    : AssociationHandle,
        IHandleEventListener,
        IWatchedConnection
{
    // Wiring
    private readonly AssociationHandle _tcp;
    private readonly Address _peer;
    private readonly NetworkCut _cut;
    private readonly IDisposable _watch;

    // Volatile state
    private readonly Lock _gate = new();
    private readonly Queue<IHandleEvent> _held = new();
    private IHandleEventListener? _reader;

    public CuttableAssociation(AssociationHandle tcp, Address peer, NetworkCut cut)
        : base(tcp.LocalAddress, tcp.RemoteAddress)
    {
        _tcp = tcp;
        _peer = peer;
        _cut = cut;
        _watch = cut.Watch(Release);
        _ = Connect();
    }

    public override bool Write(ByteString payload) => !_cut.Separates(_peer) && _tcp.Write(payload);

    [Obsolete("Akka calls the overload with a reason, which calls this one")]
    public override void Disassociate()
    {
        _watch.Dispose();
        _tcp.Disassociate();
    }

    /// <summary>Something has arrived, or the connection has ended.</summary>
    public void Notify(IHandleEvent ev)
    {
        lock (_gate)
        {
            if (_held.Count > 0 || _cut.Separates(_peer))
            {
                _held.Enqueue(ev);
                return;
            }
            // Under the lock, so that nothing overtakes what is being released; a reader only queues it.
            _reader!.Notify(ev);
        }
    }

    public void Settle() => (_tcp as IWatchedConnection)?.Settle();

    private void Release()
    {
        lock (_gate)
        {
            while (!_cut.Separates(_peer) && _held.TryDequeue(out IHandleEvent? ev))
            {
                _reader!.Notify(ev);
            }
        }
    }

    /// <summary>The connection reads nothing before the association wants to have it.</summary>
    private async Task Connect()
    {
        _reader = await ReadHandlerSource.Task.ConfigureAwait(false);
        _tcp.ReadHandlerSource.SetResult(this);
    }
}
