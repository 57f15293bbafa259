using System;
using System.Collections.Generic;

namespace PvTimer.Simulation.Tests.World;

/// <summary>What can be done to a cluster, and what has come of it, kind by kind.</summary>
internal enum Fault
{
    ClockSkewed,
    CheckpointCopied,
    ClusterCutInHalves,
    DiskSlow,
    DiskFull,
    DiskMisdirected,
    DiskWithoutDescriptors,
    DiskOld,
    DiskStale,
    DiskTorn,
    DiskTornInSilence,
    DiskUnreadable,
    FormationReadFromDisk,
    HeldBeforeTheFirstFormation,
    InputsLacking,
    InputsSentByClient,
    InputsSentByNode,
    InputsSentToNode,
    LinkCutOneWay,
    LinkCutWithOthersBetween,
    MachineBroken,
    MachineLookedAtWhole,
    MachineSlow,
    MessageDelayed,
    MessageDoubled,
    MessageIntoCut,
    MessageLost,
    MessageOvertaken,
    NodeCutOff,
    NodeMute,
    PartSentByNode,
    PartSentToNode,
    ProcessKilled,
    ProcessKilledWhileItWrites,
    ProcessStopped,
    RegionStoppedBeforeItsNode,
    TimeOfDaySteppedBack,
    TimeOfDaySteppedForward,
}

/// <summary>How often each kind of fault has hit something: one that never does is not tested.</summary>
internal sealed class Hits
{
    private static readonly Fault[] All = Enum.GetValues<Fault>();

    private readonly long[] _counts = new long[All.Length];

    /// <summary>How often each kind has, those included that have not.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    public void Count(Fault fault) => _counts[(int)fault]++;

    public void Add(Hits other)
    {
        for (int fault = 0; fault < _counts.Length; fault++)
        {
            _counts[fault] += other._counts[fault];
        }
    }

    /// <summary>Each kind with how often it has hit.</summary>
    public IEnumerable<(Fault Fault, long Times)> Lines()
    {
        foreach (Fault fault in All)
        {
            yield return (fault, _counts[(int)fault]);
        }
    }
}
