using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Engine;

/// <summary>
/// The entities of one kernel as bytes, and back: with each go its state, its digest and counts, and what is pending for
/// it.
/// </summary>
internal sealed class ResidentState(
    IMachine machine,
    int region,
    Resident[] residents,
    EventQueue queue
)
{
    private readonly IMachine _machine = machine;
    private readonly int _region = region;
    private readonly Resident[] _residents = residents;
    private readonly EventQueue _queue = queue;

    private bool IsHere(EntityId entity) => _residents[entity.Index].Entity is not null;

    /// <summary>What a queue holds of the machine, and errands.</summary>
    public static PendingEvent[] InOrder(EventQueue queue) =>
        Array.FindAll(queue.InOrder(), static pending => pending.Message is not LazyBound);

    /// <inheritdoc cref="Kernel.FreezeEach"/>
    public byte[][] FreezeEach(IReadOnlyList<ImmutableArray<EntityId>> groups, VirtualTime at)
    {
        PendingByTarget pending = new(InOrder(_queue), _residents.Length);
        StateWriter writer = new();
        byte[][] blobs = new byte[groups.Count][];
        for (int group = 0; group < blobs.Length; group++)
        {
            ReadOnlySpan<EntityId> entities = groups[group].AsSpan();
            ThrowIfOnErrand(entities, pending.All);
            writer.Clear();
            Resumption.WriteHeader(writer, at, _residents.Length);
            writer.WriteCount(entities.Length);
            foreach (EntityId id in entities)
            {
                int block = writer.BeginBlock();
                FreezeEntity(writer, id);
                writer.WriteCount(pending.CountFrozenWith(id));
                foreach (PendingEvent waiting in pending.FrozenWith(id))
                {
                    FreezePending(writer, waiting, at);
                }
                writer.EndBlock(block);
            }
            blobs[group] = writer.ToArray();
        }
        return blobs;
    }

    /// <summary>What an errand does is code of an envelope, and stays with it.</summary>
    private void ThrowIfOnErrand(
        ReadOnlySpan<EntityId> entities,
        ReadOnlySpan<PendingEvent> pending
    )
    {
        foreach (ref readonly PendingEvent waiting in pending)
        {
            if (waiting.Message is not Errand errand)
            {
                continue;
            }
            EntityId bound = entities.Contains(waiting.Target)
                ? waiting.Target
                : waiting.Key.Source;
            if (entities.Contains(bound))
            {
                throw new InvalidOperationException(
                    $"{_machine.Entities[bound.Index].Name} cannot be frozen: "
                        + $"its envelope waits for {errand} at {waiting.Key.Time}"
                );
            }
        }
    }

    private void FreezeEntity(StateWriter writer, EntityId id)
    {
        ref Resident resident = ref _residents[id.Index];
        IEntity entity =
            resident.Entity
            ?? throw new InvalidOperationException(
                $"{_machine.Entities[id.Index].Name} does not live in region {_region}"
            );
        writer.Write(id);
        writer.WriteText(entity.Name);
        writer.WriteFixed64(resident.Digest.Value);
        writer.WriteInt64(resident.Sent);
        writer.WriteInt64(resident.SentLazily);
        writer.WriteInt64(resident.Handled);
        int state = writer.BeginBlock();
        StateOf(entity).Transfer(new StateTransfer(writer));
        writer.EndBlock(state);
    }

    private static void FreezePending(StateWriter writer, in PendingEvent pending, VirtualTime at)
    {
        writer.Write(pending.Key.Time - at);
        writer.Write(pending.Key.Source);
        writer.WriteInt64(pending.Key.Sequence);
        MessageCodec.Write(writer, pending.Message);
    }

    private static IStateful StateOf(IEntity entity) =>
        entity as IStateful
        ?? throw new InvalidOperationException($"{entity.Name} has no state that can be frozen");

    /// <summary>Takes this region's entities out of what was frozen; true at each one that was there.</summary>
    public bool[] Thaw(Resumption from)
    {
        if (from.Entities > _residents.Length)
        {
            throw Resumption.Foreign(
                $"the frozen machine had {from.Entities} entities, this one has {_residents.Length}"
            );
        }
        bool[] thawed = new bool[_residents.Length];
        foreach (ReadOnlyMemory<byte> blob in from.Blobs)
        {
            StateReader reader = new(blob);
            Resumption.ReadHeader(reader);
            for (int left = reader.ReadCount(); left > 0; left--)
            {
                StateReader block = reader.ReadBlock();
                EntityId id = block.ReadEntity();
                if (id.Index >= from.Entities)
                {
                    throw block.Damaged($"entity {id} of a machine of {from.Entities}");
                }
                if (!IsHere(id))
                {
                    continue;
                }
                if (thawed[id.Index])
                {
                    throw block.Damaged($"entity {id} comes twice");
                }
                thawed[id.Index] = true;
                try
                {
                    ThawEntity(block, id, from.At);
                }
                catch (OverflowException)
                {
                    // Sums of numbers that no run could have reached.
                    throw block.Damaged($"numbers of entity {id} are out of range");
                }
            }
            reader.ExpectEnd();
        }
        for (int index = 0; index < from.Entities; index++)
        {
            if (!thawed[index] && IsHere(new EntityId(index)))
            {
                throw Resumption.Foreign(
                    $"{_machine.Entities[index].Name} is not among what was frozen at {from.At}"
                );
            }
        }
        return thawed;
    }

    private void ThawEntity(StateReader reader, EntityId id, VirtualTime at)
    {
        ref Resident resident = ref _residents[id.Index];
        IEntity entity = resident.Entity!;
        string name = reader.ReadText();
        if (name != entity.Name)
        {
            throw reader.Damaged($"entity {id} is {entity.Name} here, and was {name}");
        }
        resident.Digest = new TraceDigest(reader.ReadFixed64());
        resident.Sent = ReadNumber(reader);
        resident.SentLazily = ReadNumber(reader);
        resident.Handled = ReadNumber(reader);
        StateReader state = reader.ReadBlock();
        StateOf(entity).Transfer(new StateTransfer(state));
        state.ExpectEnd();
        if (resident.Invariant?.FindViolation() is { } violation)
        {
            throw state.Damaged($"{name}: {violation}");
        }
        for (int left = reader.ReadCount(); left > 0; left--)
        {
            _queue.Add(ThawPending(reader, id, at));
        }
        reader.ExpectEnd();
    }

    private PendingEvent ThawPending(StateReader reader, EntityId target, VirtualTime at)
    {
        VirtualDuration delay = reader.ReadDuration();
        if (delay < VirtualDuration.Zero || delay > VirtualTime.MaxValue - at)
        {
            throw reader.Damaged($"an event lies {delay} after the barrier");
        }
        EntityId source = reader.ReadEntity();
        if (source.Index >= _residents.Length)
        {
            throw reader.Damaged($"an event comes from entity {source}, which does not exist");
        }
        var key = new EventKey(at + delay, source, ReadNumber(reader));
        return new PendingEvent(key, target, MessageCodec.Read(reader));
    }

    /// <summary>A count of events: not negative, and below the numbers of scripted ones.</summary>
    private static long ReadNumber(StateReader reader)
    {
        long number = reader.ReadInt64();
        return number is >= 0 and < EventKey.FirstScripted
            ? number
            : throw reader.Damaged($"{number} is out of range");
    }
}
