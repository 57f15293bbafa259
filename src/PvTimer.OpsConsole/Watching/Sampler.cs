using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.OpsConsole.Watching;

/// <summary>
/// Asks the cluster how it is, for all viewers together, and only as long as there is one. Nobody looks:
/// nothing is asked, and the nodes do not know that there is a console.
/// </summary>
/// <remarks>
/// <code>
///   viewers' views --union--> one question to the coordinator --barrier--> one sample --> every viewer's box
/// </code>
/// A box holds the latest sample: a viewer that is slow misses some, and delays nobody.
/// </remarks>
/// <param name="ask">The way into the cluster.</param>
/// <param name="interval">Between two samples.</param>
public sealed class Sampler(ICluster ask, TimeSpan interval) : IAsyncDisposable
{
    /// <summary>Of all time, what virtual time may stand still for samples; they come more rarely if it would be more.</summary>
    private const double MaxStanding = 0.02;

    /// <summary>Of all time, what waiting for answers may take: a cluster that answers slowly has much to do.</summary>
    private const double MaxAsking = 0.5;

    /// <summary>Whoever comes waits no longer than this for a sample of his own; more often none is taken.</summary>
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The same after a sample that was dear: a single one may have been so because the machine was busy, and says
    /// little of the next.
    /// </summary>
    private static readonly TimeSpan s_leastAfterDear = TimeSpan.FromSeconds(1);

    /// <summary>However dear samples are, they come as often as this.</summary>
    private static readonly TimeSpan s_rarest = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _over = new();
    private readonly List<Viewer> _viewers = [];
    private Task _loop = Task.CompletedTask;
    private bool _isLooping;
    private bool _isAwaited;
    private Sample? _last;

    /// <summary>The last sample, however old; null: nobody has looked yet.</summary>
    public Sample? Last => Volatile.Read(ref _last);

    /// <summary>The last that the cluster has said of a run; null: nothing yet. It outlives the run's nodes.</summary>
    public RunVitals? Vitals { get; private set; }

    /// <summary>How many look on.</summary>
    public int Viewers
    {
        get
        {
            lock (_gate)
            {
                return _viewers.Count;
            }
        }
    }

    /// <summary>Why there was no sample the last time; null: there was one.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Samples as they come, from the next one on, until the viewer goes.</summary>
    public Viewer Watch(View view)
    {
        Viewer viewer = new(view, Leave);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_over.IsCancellationRequested, this);
            _viewers.Add(viewer);
            _isAwaited = true;
            if (!_isLooping)
            {
                _isLooping = true;
                _loop = Task.Run(Loop);
            }
        }
        return viewer;
    }

    /// <summary>One sample for one view.</summary>
    /// <exception cref="ClusterUnreachableException">The cluster does not answer.</exception>
    public async Task<Sample> Once(View view, CancellationToken stop)
    {
        using Viewer viewer = Watch(view);
        return await viewer.Next(stop).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _over.Dispose();
    }

    private void Leave(Viewer viewer)
    {
        lock (_gate)
        {
            _viewers.Remove(viewer);
        }
    }

    private async Task Loop()
    {
        while (true)
        {
            Viewer[] viewers;
            lock (_gate)
            {
                viewers = [.. _viewers];
                if (viewers.Length == 0 || _over.IsCancellationRequested)
                {
                    _isLooping = false;
                    return;
                }
                _isAwaited = false;
            }
            Sample? sample = await SampleFor(viewers).ConfigureAwait(false);
            await Pause(
                    Min(After(sample, Min(s_least, interval)), s_leastAfterDear),
                    After(sample, interval)
                )
                .ConfigureAwait(false);
        }
    }

    /// <summary>
    /// How long nothing is asked after a sample, for them to come so often, or more rarely if they cost much.
    /// Whoever did not answer had no work with it: the next try is not put off.
    /// </summary>
    private static TimeSpan After(Sample? sample, TimeSpan often)
    {
        if (sample is null)
        {
            return often;
        }
        TimeSpan stood = TimeSpan.FromMilliseconds(sample.Look?.StoodMilliseconds ?? 0);
        TimeSpan[] dear = [sample.Took / MaxAsking, stood / MaxStanding];
        TimeSpan apart = Min(dear.Max(), s_rarest);
        return (apart < often ? often : apart) - sample.Took;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Until <paramref name="most"/>, or from <paramref name="least"/> on until somebody has come.</summary>
    private async Task Pause(TimeSpan least, TimeSpan most)
    {
        long began = Stopwatch.GetTimestamp();
        TimeSpan slice = TimeSpan.FromMilliseconds(20);
        while (
            Stopwatch.GetElapsedTime(began) < (IsAwaited() ? least : most)
            && !_over.IsCancellationRequested
        )
        {
            await Task.Delay(slice).ConfigureAwait(false);
        }
    }

    private bool IsAwaited()
    {
        lock (_gate)
        {
            return _isAwaited;
        }
    }

    /// <returns>Null: the cluster did not answer.</returns>
    private async Task<Sample?> SampleFor(Viewer[] viewers)
    {
        long began = Stopwatch.GetTimestamp();
        LookRequest[] requests =
        [
            .. viewers.Select(viewer => viewer.View.Request).OfType<LookRequest>(),
        ];
        try
        {
            ClusterStatus cluster = await ask.Ask<ClusterStatus>(AskCluster.Instance)
                .ConfigureAwait(false);
            LookAnswer? look =
                requests.Length == 0 || cluster.Run is null
                    ? null
                    : await ask.Ask<LookAnswer>(
                            new AskLook(
                                requests.Aggregate(static (all, one) => all.And(one)),
                                Hash: cluster.Run.Phase == RunPhase.Held
                            )
                        )
                        .ConfigureAwait(false);
            DateTimeOffset now = DateTimeOffset.UtcNow;
            Sample sample = new(
                (_last?.Number ?? 0) + 1,
                now,
                Stopwatch.GetElapsedTime(began),
                cluster,
                look,
                SampleRates.Between(_last, cluster, look, now),
                viewers.Length
            );
            Trouble = null;
            Vitals = cluster.Vitals ?? Vitals;
            Volatile.Write(ref _last, sample);
            foreach (Viewer viewer in viewers)
            {
                viewer.Take(sample);
            }
            return sample;
        }
        catch (ClusterUnreachableException e)
        {
            Trouble = e.Message;
            foreach (Viewer viewer in viewers)
            {
                viewer.Fail(e);
            }
            return null;
        }
    }
}
