using PvTimer.Engine;

namespace PvTimer.Actors.Windows;

/// <summary>One round's batches between all regions of a run.</summary>
public sealed class BatchTable
{
    private readonly int _regions;
    private readonly WindowBatch[] _batches;

    internal BatchTable(int regions)
    {
        _regions = regions;
        _batches = new WindowBatch[regions * regions];
        for (int index = 0; index < _batches.Length; index++)
        {
            _batches[index] = new WindowBatch();
        }
    }

    /// <summary>What one region has for another.</summary>
    public WindowBatch this[int from, int to] => _batches[(from * _regions) + to];
}
