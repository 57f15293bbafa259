using System.Collections.Generic;
using System.Threading;

namespace PvTimer.Sharding.Windows;

/// <summary>
/// Where a node's frames arrive: handed to the formation they belong to. Those of a formation that this node
/// has not formed yet wait; those of an older one are discarded.
/// </summary>
internal sealed class FrameRouter
{
    private readonly Lock _gate = new();
    private readonly List<WindowFrame> _early = [];
    private FrameCarrier? _current;

    public void Deliver(WindowFrame frame)
    {
        FrameCarrier? current;
        lock (_gate)
        {
            current = _current;
            if (current is null || frame.Epoch > current.Epoch)
            {
                _early.Add(frame);
                return;
            }
        }
        if (frame.Epoch == current.Epoch)
        {
            current.Deliver(frame);
        }
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
        }
    }
}
