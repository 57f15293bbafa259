using System;
using System.Threading.Tasks;
using Akka.Remote.Transport;
using Google.Protobuf;
using PvTimer.Sharding.Security;

namespace PvTimer.TestKit.Clocks;

/// <summary>One end of a connection whose frames are counted, see <see cref="ClockedWires"/>.</summary>
internal sealed class ClockedAssociation
    : AssociationHandle,
        IHandleEventListener,
        IWatchedConnection
{
    // Wiring
    private readonly AssociationHandle _tcp;
    private readonly ClockedWires.End _end;

    // Volatile state
    private IHandleEventListener? _reader;

    /// <param name="tcp">What it counts.</param>
    /// <param name="system">Whose end it is.</param>
    /// <param name="isOpener">It has opened the connection; else it has taken it.</param>
    public ClockedAssociation(AssociationHandle tcp, ClockedSystem system, bool isOpener)
        : base(tcp.LocalAddress, tcp.RemoteAddress)
    {
        _tcp = tcp;
        (int? opener, int? taker) = isOpener
            ? (tcp.LocalAddress.Port, tcp.RemoteAddress.Port)
            : (tcp.RemoteAddress.Port, system.Port);
        _end = system.Clock.Wires.Attach((opener ?? 0, taker ?? 0), system, isOpener);
        _ = Connect();
    }

    public override bool Write(ByteString payload)
    {
        // Counted before: the other end may have read it before this one knows that it was taken.
        _end.Write();
        bool isTaken = _tcp.Write(payload);
        if (!isTaken)
        {
            _end.TakeBack();
        }
        return isTaken;
    }

    [Obsolete("Akka calls the overload with a reason, which calls this one")]
    public override void Disassociate()
    {
        _end.Cut();
        _tcp.Disassociate();
    }

    /// <summary>Something has arrived, or the connection has ended.</summary>
    public void Notify(IHandleEvent ev)
    {
        if (ev is Disassociated)
        {
            _end.Cut();
        }
        _reader!.Notify(ev);
        if (ev is InboundPayload)
        {
            _end.Read();
        }
    }

    public void Settle() => _end.Settle();

    /// <summary>The connection reads nothing before the association wants to have it.</summary>
    private async Task Connect()
    {
        _reader = await ReadHandlerSource.Task.ConfigureAwait(false);
        _tcp.ReadHandlerSource.SetResult(this);
    }
}
