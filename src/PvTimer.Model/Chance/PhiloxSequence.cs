using System;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Chance;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the n-th number
/// is a function of the key and n alone. Keyed by seed, entity and purpose, so that what one entity draws
/// never depends on what another one drew, where it runs, or after which restore. State: one counter.
/// </summary>
public struct PhiloxSequence
{
    private const uint Multiplier0 = 0xD251_1F53;
    private const uint Multiplier1 = 0xCD9E_8D57;
    private const uint Weyl0 = 0x9E37_79B9;
    private const uint Weyl1 = 0xBB67_AE85;
    private const int Rounds = 10;

    private readonly ulong _seed;
    private readonly uint _entity;
    private readonly uint _purpose;

    public PhiloxSequence(ulong seed, int entity, ChancePurpose purpose)
    {
        _seed = seed;
        _entity = (uint)entity;
        _purpose = (uint)purpose;
    }

    /// <summary>How many numbers were drawn: all that a checkpoint has to keep.</summary>
    public ulong Drawn { get; private set; }

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64()
    {
        ulong counter = Drawn++;
        (uint x0, uint x1, _, _) = Block(
            ((uint)(counter & uint.MaxValue), (uint)(counter >> 32), _entity, _purpose),
            ((uint)(_seed & uint.MaxValue), (uint)(_seed >> 32))
        );
        return ((ulong)x1 << 32) | x0;
    }

    /// <summary>A number in [0, <paramref name="bound"/>); its bias is below bound / 2^64.</summary>
    public ulong NextBelow(ulong bound) => Math.BigMul(NextUInt64(), bound, out _);

    /// <summary>A span in [shortest, longest], every nanosecond as likely as any other.</summary>
    public VirtualDuration NextBetween(VirtualDuration shortest, VirtualDuration longest)
    {
        ulong width = (ulong)(longest - shortest).Nanoseconds + 1;
        return VirtualDuration.FromNanoseconds(shortest.Nanoseconds + (long)NextBelow(width));
    }

    /// <summary>How many numbers were drawn, in both directions; the key is configuration.</summary>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Drawn = state.Value(Drawn);
    }

    /// <summary>The bijection itself: counter and key in, four words out.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(
        (uint C0, uint C1, uint C2, uint C3) counter,
        (uint K0, uint K1) key
    )
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * counter.C0;
            ulong product1 = (ulong)Multiplier1 * counter.C2;
            counter = (
                (uint)(product1 >> 32) ^ counter.C1 ^ key.K0,
                (uint)(product1 & uint.MaxValue),
                (uint)(product0 >> 32) ^ counter.C3 ^ key.K1,
                (uint)(product0 & uint.MaxValue)
            );
            key = unchecked((key.K0 + Weyl0, key.K1 + Weyl1)); // reason: a Weyl sequence wraps
        }
        return counter;
    }
}
