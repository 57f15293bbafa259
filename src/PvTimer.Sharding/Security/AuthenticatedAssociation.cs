using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace PvTimer.Sharding.Security;

/// <summary>
/// A connection: first its handshake, then frames that are authenticated, or, of a client that has proved
/// nothing, packets of which only questions to the front pass.
/// </summary>
internal sealed class AuthenticatedAssociation
    : AssociationHandle,
        IHandleEventListener,
        IDisposable
{
    /// <summary>A handshake that takes longer is none; a busy machine needs a second.</summary>
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    /// <summary>An opener that has not been answered says hello again.</summary>
    private static readonly TimeSpan HelloInterval = TimeSpan.FromMilliseconds(500);

    private const byte PayloadTag = 0x0A;

    // Wiring
    private readonly AssociationHandle _carrier;
    private readonly ConnectionGuard _guard;
    private readonly Handshake _handshake;
    private readonly TaskCompletionSource<Admission> _admission = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly TaskCompletionSource _ended = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    // Volatile state
    private readonly Lock _sending = new();
    private readonly Lock _receiving = new();
    private readonly Queue<IHandleEvent> _early = new();
    private IHandleEventListener? _reader;
    private Admission? _admitted;
    private FrameAuthenticator? _seals;
    private FrameAuthenticator? _opens;
    private bool _hasEnded;

    public AuthenticatedAssociation(
        AssociationHandle carrier,
        Handshake handshake,
        ConnectionGuard guard
    )
        : base(carrier.LocalAddress, carrier.RemoteAddress)
    {
        _carrier = carrier;
        _handshake = handshake;
        _guard = guard;
        carrier.ReadHandlerSource.SetResult(this);
        SayHello();
        _ = AwaitReader();
        _ = ConductHandshake();
    }

    /// <summary>How the handshake ends; never fails.</summary>
    public Task<Admission> Admission => _admission.Task;

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _ended.Task;

    public override bool Write(ByteString payload)
    {
        lock (_sending)
        {
            if (_hasEnded)
            {
                return false;
            }
            if (_seals is null)
            {
                return _carrier.Write(payload);
            }
            byte[] framed = _seals.Seal(payload.Span);
            bool isOnItsWay = _carrier.Write(UnsafeByteOperations.UnsafeWrap(framed));
            if (isOnItsWay)
            {
                _seals.Advance();
            }
            return isOnItsWay;
        }
    }

    [Obsolete("Akka calls the overload with a reason, which calls this one")]
    public override void Disassociate()
    {
        lock (_receiving)
        {
            Finish();
        }
        _carrier.Disassociate();
    }

    /// <summary>Something has arrived, or the connection has ended.</summary>
    public void Notify(IHandleEvent ev)
    {
        lock (_receiving)
        {
            if (ev is Disassociated)
            {
                Finish();
                Forward(ev);
            }
            else if (!_hasEnded && ev is InboundPayload { Payload: { } packet })
            {
                Take(packet);
            }
        }
    }

    /// <summary>Ends the connection, whatever it is at, and has it logged why.</summary>
    public void Refuse(string why)
    {
        lock (_receiving)
        {
            if (!_hasEnded)
            {
                _guard.NoteRefused(_carrier.RemoteAddress, _admitted?.Peer.Address, why);
                Finish();
                End(_carrier);
                Forward(new Disassociated(DisassociateInfo.Unknown));
            }
        }
    }

    /// <summary>Ends a connection that has not become one of these.</summary>
    public static void End(AssociationHandle carrier) =>
#pragma warning disable CS0618 // reason: the overload with a reason logs it as Akka's own; this one has been logged
        carrier.Disassociate();
#pragma warning restore CS0618

    private void Take(ByteString packet)
    {
        try
        {
            if (_admitted is null)
            {
                Shake(packet);
            }
            else if (!_handshake.IsHelloAgain(packet.Span))
            {
                Forward(new InboundPayload(Checked(packet, _admitted)));
            }
        }
        catch (InvalidDataException e)
        {
            Refuse(e.Message);
        }
    }

    private void Shake(ByteString packet)
    {
        (byte[]? reply, Admission? outcome) = _handshake.Take(packet.Span);
        if (outcome is { Access: Access.Full })
        {
            // Before the other end hears of it and begins to use it.
            _opens = new FrameAuthenticator(outcome.ReceiveKey!); // reason: full access has keys
        }
        _admitted = outcome is { Access: not Access.None } ? outcome : null;
        if (reply is not null)
        {
            _carrier.Write(ByteString.CopyFrom(reply));
        }
        if (outcome is null)
        {
            return;
        }
        lock (_sending)
        {
            _seals = outcome.SendKey is { } key ? new FrameAuthenticator(key) : null;
        }
        if (outcome.Access != Access.Full)
        {
            _guard.NoteRefused(_carrier.RemoteAddress, outcome.Peer.Address, outcome.Why);
        }
        _admission.TrySetResult(outcome);
        if (outcome.Access == Access.None)
        {
            Finish();
            End(_carrier);
        }
    }

    /// <summary>What Akka gets to see of a frame.</summary>
    /// <exception cref="InvalidDataException">It must not see it.</exception>
    private ByteString Checked(ByteString frame, Admission peer)
    {
        ByteString packet = frame;
        if (_opens is not null)
        {
            if (!_opens.Opens(frame.Span))
            {
                throw new InvalidDataException("a frame that was not sent like this");
            }
            packet = UnsafeByteOperations.UnsafeWrap(frame.Memory[FrameAuthenticator.TagBytes..]);
            if (packet.Length > 0 && packet[0] == PayloadTag && peer.Peer.Person is null)
            {
                return packet;
            }
        }
        if (_guard.FlawOf(RemotingPacket.Read(packet), peer) is { } flaw)
        {
            throw new InvalidDataException(flaw);
        }
        return packet;
    }

    private void Forward(IHandleEvent ev)
    {
        if (_reader is null)
        {
            _early.Enqueue(ev);
        }
        else
        {
            _reader.Notify(ev);
        }
    }

    /// <summary>What arrives is kept until Akka's endpoint reads it.</summary>
    private async Task AwaitReader()
    {
        IHandleEventListener reader = await ReadHandlerSource.Task.ConfigureAwait(false);
        lock (_receiving)
        {
            while (_early.TryDequeue(out IHandleEvent? ev))
            {
                reader.Notify(ev);
            }
            _reader = reader;
        }
        (_carrier as IWatchedConnection)?.Settle();
    }

    private void Finish()
    {
        if (_hasEnded)
        {
            return;
        }
        _hasEnded = true;
        _admission.TrySetResult(_guard.Lost());
        _ended.TrySetResult();
        Dispose();
    }

    /// <summary>The connection has ended, or is made to end.</summary>
    public void Dispose()
    {
        lock (_sending)
        {
            _hasEnded = true;
            _seals?.Dispose();
            _opens?.Dispose();
        }
    }

    private void SayHello()
    {
        lock (_receiving)
        {
            if (!_hasEnded && _handshake.Hello() is { } hello)
            {
                _carrier.Write(ByteString.CopyFrom(hello));
            }
        }
    }

    private async Task ConductHandshake()
    {
        var began = Stopwatch.StartNew();
        while (began.Elapsed < HandshakeLimit)
        {
            await Task.WhenAny(_admission.Task, Task.Delay(HelloInterval)).ConfigureAwait(false);
            if (_admission.Task.IsCompleted)
            {
                return;
            }
            SayHello();
        }
        Refuse("no handshake in time");
    }
}
