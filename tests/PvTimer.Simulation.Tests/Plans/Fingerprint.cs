using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using System.Runtime.InteropServices;
using PvTimer.Sharding.Clients;
using PvTimer.Simulation.Tests.World;

namespace PvTimer.Simulation.Tests.Plans;

/// <summary>
/// Of all that has happened in a schedule: how much chance it took, what was carried and written, how it ended. Code
/// that is only faster than before leaves it as it was, seed by seed.
/// </summary>
internal struct Fingerprint
{
    private ulong _state;

    public static ulong Of(SimCluster cluster, RunStatus? last)
    {
        Fingerprint all = default;
        all.Add(cluster.Chance.Next());
        all.Add((ulong)cluster.Agenda.Now.Ticks);
        all.Add((ulong)cluster.Agenda.Steps);
        all.Add((ulong)cluster.Network.Carried);
        foreach (long times in cluster.Hits.Counts)
        {
            all.Add((ulong)times);
        }
        foreach ((string path, byte[] content) in cluster.Disks.SelectMany(disk => disk.Files))
        {
            all.Add(path);
            all.Add(content);
        }
        if (last is not null)
        {
            all.Add((ulong)last.Phase);
            all.Add((ulong)last.Epoch);
            foreach (string line in last.History)
            {
                all.Add(line);
            }
        }
        return all._state;
    }

    /// <summary>One of many schedules, in the order of their seeds.</summary>
    public static ulong Of(IEnumerable<ulong> each)
    {
        Fingerprint all = default;
        foreach (ulong one in each)
        {
            all.Add(one);
        }
        return all._state;
    }

    private void Add(string text) => Add(MemoryMarshal.AsBytes(text.AsSpan()));

    private void Add(ReadOnlySpan<byte> content)
    {
        Add((ulong)content.Length);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(content);
        foreach (ulong word in words)
        {
            Add(word);
        }
        foreach (byte rest in content[(words.Length * sizeof(ulong))..])
        {
            Add(rest);
        }
    }

    private void Add(ulong word) =>
        _state = unchecked( // reason: a hash wraps around
            (BitOperations.RotateLeft(_state, 23) ^ word) * 0x9E37_79B9_7F4A_7C15
        );
}
