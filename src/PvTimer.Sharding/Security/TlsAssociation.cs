using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace PvTimer.Sharding.Security;

/// <summary>
/// A connection with TLS: frames go out in the order in which they are written, each behind its length in four bytes,
/// and come in likewise.
/// </summary>
/// <remarks>
/// Races. Writing and reading end independently; what was written before the connection is ended is sent, then the
/// other end is given a moment to read it.
/// </remarks>
internal sealed class TlsAssociation : AssociationHandle
{
    /// <summary>While so many bytes wait to be sent, no more are taken: the writer tries again.</summary>
    private const int MostWaitingBytes = 16_000_000;

    /// <summary>Frames that are sent at a time, as far as there are so many bytes.</summary>
    private const int SendingBytes = 64 * 1024;

    private const int LengthBytes = 4;

    /// <summary>What is still on its way when a connection is ended gets there within so long, or not at all.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1);

    // Wiring
    private readonly Socket _socket;
    private readonly SslStream _stream;
    private readonly int _mostBytes;
    private readonly Channel<ByteString> _frames = Channel.CreateUnbounded<ByteString>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly TaskCompletionSource _closed = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    // Volatile state
    private long _waitingBytes;

    /// <param name="socket">The connection.</param>
    /// <param name="stream">TLS on it, both ends' certificates seen.</param>
    /// <param name="local">This end.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="mostBytes">Of a frame.</param>
    public TlsAssociation(
        Socket socket,
        SslStream stream,
        Address local,
        Address remote,
        int mostBytes
    )
        : base(local, remote)
    {
        (_socket, _stream, _mostBytes) = (socket, stream, mostBytes);
    }

    /// <summary>Completes when nothing of it is left.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Sends and receives from now on.</summary>
    public void Begin() => _ = Live();

    public override bool Write(ByteString payload)
    {
        if (
            payload.Length > _mostBytes
            || Volatile.Read(ref _waitingBytes) > MostWaitingBytes
            || !_frames.Writer.TryWrite(payload)
        )
        {
            return false;
        }
        Interlocked.Add(ref _waitingBytes, payload.Length);
        return true;
    }

    [Obsolete("Akka calls the overload with a reason, which calls this one")]
    public override void Disassociate() => _frames.Writer.TryComplete();

    private async Task Live()
    {
        Task sending = Send();
        Task receiving = Receive();
        await Task.WhenAny(sending, receiving).ConfigureAwait(false);
        _frames.Writer.TryComplete();
        await Task.WhenAny(Task.WhenAll(sending, receiving), Task.Delay(EndLimit))
            .ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        await Task.WhenAll(sending, receiving).ConfigureAwait(false);
        if (ReadHandlerSource.Task.IsCompletedSuccessfully)
        {
            IHandleEventListener reader = await ReadHandlerSource.Task.ConfigureAwait(false);
            reader.Notify(new Disassociated(DisassociateInfo.Unknown));
        }
        _closed.SetResult();
    }

    private async Task Send()
    {
        try
        {
            ArraySegment<byte> buffer = new byte[SendingBytes + LengthBytes];
            int filled = 0;
            while (await _frames.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (_frames.Reader.TryRead(out ByteString? frame))
                {
                    Interlocked.Add(ref _waitingBytes, -frame.Length);
                    if (filled + LengthBytes + frame.Length > buffer.Count)
                    {
                        await _stream.WriteAsync(buffer[..filled]).ConfigureAwait(false);
                        filled = 0;
                    }
                    BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(filled), frame.Length);
                    filled += LengthBytes;
                    if (filled + frame.Length > buffer.Count)
                    {
                        await _stream.WriteAsync(buffer[..filled]).ConfigureAwait(false);
                        await _stream.WriteAsync(frame.Memory).ConfigureAwait(false);
                        filled = 0;
                        continue;
                    }
                    frame.Span.CopyTo(buffer.AsSpan(filled));
                    filled += frame.Length;
                }
                await _stream.WriteAsync(buffer[..filled]).ConfigureAwait(false);
                filled = 0;
            }
            await _stream.ShutdownAsync().ConfigureAwait(false);
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The connection has ended: the reader is told.
        }
    }

    /// <summary>Nothing is read before there is one who wants it.</summary>
    private async Task Receive()
    {
        try
        {
            Task ended = _frames.Reader.Completion;
            if (await Task.WhenAny(ReadHandlerSource.Task, ended).ConfigureAwait(false) == ended)
            {
                return;
            }
            IHandleEventListener reader = await ReadHandlerSource.Task.ConfigureAwait(false);
            await Task.Yield();
            byte[] length = new byte[LengthBytes];
            while (true)
            {
                await _stream.ReadExactlyAsync(length).ConfigureAwait(false);
                int bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
                if (bytes < 0 || bytes > _mostBytes)
                {
                    return;
                }
                byte[] frame = new byte[bytes];
                await _stream.ReadExactlyAsync(frame).ConfigureAwait(false);
                reader.Notify(new InboundPayload(UnsafeByteOperations.UnsafeWrap(frame)));
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The connection has ended: the reader is told.
        }
    }

    private static bool IsEnd(Exception e) =>
        e
            is IOException
                or SocketException
                or ObjectDisposedException
                or InvalidOperationException
                or OperationCanceledException;
}
