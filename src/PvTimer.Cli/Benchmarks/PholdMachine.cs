using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Chance;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Cli.Benchmarks;

/// <summary>PHOLD as a machine for the engines.</summary>
internal sealed class PholdMachine : IMachine
{
    private readonly PholdParameters _parameters;

    public PholdMachine(PholdParameters parameters)
    {
        _parameters = parameters;
        Entities =
        [
            .. Enumerable
                .Range(0, parameters.Actors)
                .Select(index => new PholdEntity(parameters, HostOf(new EntityId(index)), index)),
        ];
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script => [];

    /// <inheritdoc/>
    public bool KeepsMessages => false;

    public VirtualTime End => VirtualTime.FromNanoseconds(_parameters.DurationNanoseconds);

    public int UnitOf(EntityId entity) => entity.Index;

    public int HostOf(EntityId entity) => entity.Index * 2 / _parameters.Actors;

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        VirtualDuration.FromNanoseconds(_parameters.LookaheadNanoseconds);
}

/// <param name="Value">What the sender computed: a digest of the token's past.</param>
internal sealed record PholdToken(ulong Value) : Message
{
    [ThreadStatic]
    private static MessageStock<PholdToken> s_stock;

    public ulong Value { get; private set; } = Value;

    /// <summary>As the constructor, with an object that was used before if there is one.</summary>
    public static PholdToken Of(ulong value)
    {
        if (s_stock.Take() is not { } used)
        {
            return new PholdToken(value);
        }
        used.Value = value;
        return used;
    }

    /// <inheritdoc/>
    public override void Recycle() => s_stock.Put(this);

    public override void AddTo(ref TraceDigest digest)
    {
        digest.Add(PholdActor.TokenKind);
        digest.Add(Value);
    }
}

internal sealed class PholdEntity(PholdParameters parameters, int host, int index) : IEntity
{
    private PholdActor _actor = new(parameters, index);

    public EntityId Id { get; } = new(index);

    public string Name { get; } = FormattableString.Invariant($"h{host}/phold-{index}");

    public void Step(VirtualTime now, Message message, IEffects effects)
    {
        if (message is PholdToken token)
        {
            PassOn(token.Value, effects);
            return;
        }
        for (int count = 0; count < parameters.TokensPerActor; count++)
        {
            PassOn((ulong)count, effects);
        }
    }

    private void PassOn(ulong value, IEffects effects)
    {
        PholdMove move = _actor.Move(value);
        var delay = VirtualDuration.FromNanoseconds(move.Delay);
        PholdToken token = PholdToken.Of(move.Value);
        if (move.Target == Id.Index)
        {
            effects.After(delay, token);
        }
        else
        {
            effects.Send(new EntityId(move.Target), delay, token);
        }
    }
}

/// <summary>What a token does next.</summary>
internal readonly record struct PholdMove(int Target, long Delay, ulong Value);

/// <summary>The computation of one PHOLD actor, the same for every row of the benchmark.</summary>
internal struct PholdActor(PholdParameters parameters, int index)
{
    /// <summary>The first word of a token in the trace hash; no kind of the machine's own.</summary>
    public const long TokenKind = 1_000;

    private PhiloxSequence _chance = new(parameters.Seed, index, ChancePurpose.Benchmark);

    public PholdMove Move(ulong value)
    {
        for (int work = 0; work < parameters.WorkPerEvent; work++)
        {
            value ^= _chance.NextUInt64();
        }
        int target = index;
        if (_chance.NextBelow(1000) < (ulong)parameters.RemotePermille)
        {
            int step = 1 + (int)_chance.NextBelow((ulong)(parameters.Actors - 1));
            target = (index + step) % parameters.Actors;
        }
        long extra = (long)_chance.NextBelow(1 + (2 * (ulong)parameters.MeanDelayNanoseconds));
        return new PholdMove(target, parameters.LookaheadNanoseconds + extra, value);
    }
}
