using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// What a run goes on from: blobs that kernels froze (<see cref="Kernel.Freeze"/>) at one barrier of one
/// machine. Each kernel takes out of them what lives in its region, however they were cut.
/// </summary>
/// <remarks>
/// The machine that goes on is built anew: from the same description, or from one that only adds to it
/// (entities at the end, scripted messages after the barrier).
/// </remarks>
public sealed class Resumption
{
    /// <summary>"PVTFROZ", and in the last byte the version of the format.</summary>
    private const ulong Magic = 0x005A_4F52_4654_5650;
    private const ulong Version = 2;
    private const int VersionShift = 56;

    /// <param name="blobs">At least one; together they hold every entity that some kernel asks for.</param>
    /// <exception cref="StateFormatException">
    /// One of them is damaged, of another version, or of another barrier or machine than the first.
    /// </exception>
    public Resumption(ImmutableArray<ReadOnlyMemory<byte>> blobs)
    {
        if (blobs.IsDefaultOrEmpty)
        {
            throw new ArgumentException("expected at least one blob", nameof(blobs));
        }
        Blobs = blobs;
        (At, Entities) = ReadHeader(new StateReader(blobs[0]));
        foreach (ReadOnlyMemory<byte> blob in blobs)
        {
            StateReader reader = new(blob);
            (VirtualTime at, int entities) = ReadHeader(reader);
            if (at != At || entities != Entities)
            {
                throw reader.Damaged(
                    $"frozen at {at} out of {entities} entities; "
                        + $"the first of these blobs: at {At} out of {Entities}"
                );
            }
        }
    }

    /// <summary>The barrier: what happens before it has happened, the rest is pending.</summary>
    public VirtualTime At { get; }

    /// <summary>How many entities the frozen machine had.</summary>
    public int Entities { get; }

    /// <summary>The length of all blobs together.</summary>
    public long Bytes => Blobs.Sum(blob => (long)blob.Length);

    internal ImmutableArray<ReadOnlyMemory<byte>> Blobs { get; }

    /// <summary>The same instant of the same machine, cut into other groups of entities.</summary>
    /// <param name="machine">Built anew from the description of the frozen one; it cannot be run afterwards.</param>
    /// <param name="groups">No entity twice.</param>
    /// <returns>A blob for each group.</returns>
    /// <inheritdoc cref="Kernel(IMachine, Partition, int, IBatchLink, IDelivery, Resumption)" path="/exception"/>
    public byte[][] Cut(IMachine machine, IReadOnlyList<ImmutableArray<EntityId>> groups)
    {
        ArgumentNullException.ThrowIfNull(machine);
        Partition whole = Partition.IntoBlocks(machine, regions: 1);
        return new Kernel(machine, whole, region: 0, from: this).FreezeEach(groups, At);
    }

    /// <summary>What to throw when another machine was frozen than the one that shall go on.</summary>
    internal static StateFormatException Foreign(string what) => new(what, position: 0);

    internal static void WriteHeader(StateWriter writer, VirtualTime at, int entities)
    {
        writer.WriteFixed64(Magic | (Version << VersionShift));
        writer.Write(at);
        writer.WriteInt32(entities);
    }

    internal static (VirtualTime At, int Entities) ReadHeader(StateReader reader)
    {
        ulong magic = reader.ReadFixed64();
        ulong version = magic >> VersionShift;
        if (magic != (Magic | (version << VersionShift)))
        {
            throw reader.Damaged("these are no frozen entities");
        }
        if (version != Version)
        {
            throw reader.Damaged($"format version {version}; accepted: {Version}");
        }
        VirtualTime at = reader.ReadTime();
        int entities = reader.ReadInt32();
        return at >= VirtualTime.Zero && entities >= 0
            ? (at, entities)
            : throw reader.Damaged($"frozen at {at} out of {entities} entities");
    }
}
