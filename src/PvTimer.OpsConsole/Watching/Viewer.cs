using System;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;

namespace PvTimer.OpsConsole.Watching;

/// <summary>Somebody who looks at something, with a box for the latest sample.</summary>
public sealed class Viewer : IDisposable
{
    private readonly Channel<(Sample? Sample, Exception? Failure)> _box = Channel.CreateBounded<(
        Sample?,
        Exception?
    )>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly Action<Viewer> _leave;

    internal Viewer(View view, Action<Viewer> leave)
    {
        View = view;
        _leave = leave;
    }

    /// <summary>What it looks at.</summary>
    public View View { get; }

    /// <summary>The next sample that it has not seen.</summary>
    /// <exception cref="Sharding.Clients.ClusterUnreachableException">The cluster did not answer this time.</exception>
    public async Task<Sample> Next(CancellationToken stop)
    {
        (Sample? sample, Exception? failure) = await _box
            .Reader.ReadAsync(stop)
            .ConfigureAwait(false);
        return sample ?? throw failure!;
    }

    public void Dispose() => _leave(this);

    internal void Take(Sample sample) => _box.Writer.TryWrite((sample, null));

    internal void Fail(Exception failure) => _box.Writer.TryWrite((null, failure));
}
