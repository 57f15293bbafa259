using System;
using System.Collections.Concurrent;
using PvTimer.OpsConsole.Documents;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.OpsConsole.Watching;

/// <summary>What the cluster said at one time, together with what it had said the time before.</summary>
/// <param name="Number">Counts up from 1.</param>
/// <param name="TakenAt">When the last answer came.</param>
/// <param name="Took">How long the cluster took to answer.</param>
/// <param name="Cluster">Its members and its run.</param>
/// <param name="Look">The machine; null: nobody wanted to see it, or there is nothing to see.</param>
/// <param name="Rates">Of the cluster and its machine.</param>
/// <param name="Viewers">How many look on.</param>
public sealed record Sample(
    long Number,
    DateTimeOffset TakenAt,
    TimeSpan Took,
    ClusterStatus Cluster,
    LookAnswer? Look,
    SampleRates Rates,
    int Viewers
)
{
    private readonly ConcurrentDictionary<View, byte[]> _documents = new();

    /// <summary>The document of a view; written once, however many look at it.</summary>
    public byte[] DocumentOf(View view) =>
        _documents.GetOrAdd(view, static (view, sample) => ViewDocument.Write(view, sample), this);
}
