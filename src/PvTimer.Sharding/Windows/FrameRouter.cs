using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// Where a node's frames arrive: handed to the formation they belong to. Those of a formation that this node
/// has not formed yet wait; those of an older one are discarded.
/// </summary>
internal sealed class FrameRouter
{
    /// <summary>
    /// Of early frames no more bytes are kept: a peer is at most one round ahead, and what is lost is missed and
    /// has the nodes form again.
    /// </summary>
    internal const long MostEarlyBytes = 64_000_000;

    /// <summary>The same in frames: one that carries nothing takes memory, too.</summary>
    internal const int MostEarlyFrames = 10_000;

    private readonly Lock _gate = new();
    private readonly List<WindowFrame> _early = [];
    private long _earlyBytes;
    private FrameCarrier? _current;

    /// <summary>What waits for a formation to come: frames and their bytes.</summary>
    internal (int Frames, long Bytes) Early
    {
        get
        {
            lock (_gate)
            {
                return (_early.Count, _earlyBytes);
            }
        }
    }

    public void Deliver(WindowFrame frame)
    {
        FrameCarrier? current;
        lock (_gate)
        {
            current = _current;
            if (current is null || frame.Epoch > current.Epoch)
            {
                if (
                    _early.Count < MostEarlyFrames
                    && _earlyBytes + frame.Content.Length <= MostEarlyBytes
                )
                {
                    _early.Add(frame);
                    _earlyBytes += frame.Content.Length;
                }
                return;
            }
        }
        if (frame.Epoch == current.Epoch)
        {
            current.Deliver(frame);
        }
    }

    /// <summary>There is another way for frames: who waits for one looks there, too.</summary>
    public void LookAround()
    {
        FrameCarrier? current;
        lock (_gate)
        {
            current = _current;
        }
        current?.LookAround();
    }

    /// <summary>From now on frames go to this formation, unless a later one has been attached before.</summary>
    public void Attach(FrameCarrier carrier)
    {
        lock (_gate)
        {
            if (carrier.Epoch < _current?.Epoch)
            {
                return;
            }
            _current = carrier;
            foreach (WindowFrame frame in _early)
            {
                if (frame.Epoch == carrier.Epoch)
                {
                    carrier.Deliver(frame);
                }
            }
            _early.RemoveAll(frame => frame.Epoch <= carrier.Epoch);
            _earlyBytes = _early.Sum(frame => (long)frame.Content.Length);
        }
    }
}
