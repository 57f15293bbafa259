using System;
using System.Linq;
using System.Numerics;
using PvTimer.Model.State;

namespace PvTimer.Model.Apic;

/// <summary>256 bits, one per interrupt vector: IRR, ISR and the PIR of a posted-interrupt descriptor.</summary>
public record struct VectorBitmap
{
    private ulong _word0;
    private ulong _word1;
    private ulong _word2;
    private ulong _word3;

    public readonly bool IsEmpty => (_word0 | _word1 | _word2 | _word3) == 0;

    /// <summary>The highest vector that is set; -1 if none is.</summary>
    public readonly int Highest =>
        _word3 != 0 ? 255 - BitOperations.LeadingZeroCount(_word3)
        : _word2 != 0 ? 191 - BitOperations.LeadingZeroCount(_word2)
        : _word1 != 0 ? 127 - BitOperations.LeadingZeroCount(_word1)
        : _word0 != 0 ? 63 - BitOperations.LeadingZeroCount(_word0)
        : -1;

    public readonly bool Contains(byte vector) => (Word(vector) & Bit(vector)) != 0;

    /// <summary>"32 236": the vectors in it, ascending; "none".</summary>
    public override readonly string ToString()
    {
        VectorBitmap own = this;
        return IsEmpty
            ? "none"
            : string.Join(
                ' ',
                Enumerable.Range(0, 256).Where(vector => own.Contains((byte)vector))
            );
    }

    public void Set(byte vector) => Store(vector, Word(vector) | Bit(vector));

    public void Clear(byte vector) => Store(vector, Word(vector) & ~Bit(vector));

    /// <summary>One of the eight registers of 32 vectors each that show it.</summary>
    /// <param name="register">0 to 7.</param>
    public readonly uint Read(uint register) =>
        (uint)(Word((byte)(register << 5)) >> (int)((register & 1) << 5) & uint.MaxValue);

    /// <summary>Adds all of <paramref name="other"/>'s vectors and empties it: PIR to IRR.</summary>
    public void TakeAll(ref VectorBitmap other)
    {
        _word0 |= other._word0;
        _word1 |= other._word1;
        _word2 |= other._word2;
        _word3 |= other._word3;
        other = default;
    }

    /// <summary>The four words, in both directions.</summary>
    public void Transfer(StateTransfer state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _word0 = state.Value(_word0);
        _word1 = state.Value(_word1);
        _word2 = state.Value(_word2);
        _word3 = state.Value(_word3);
    }

    private static ulong Bit(byte vector) => 1UL << (vector & 63);

    private readonly ulong Word(byte vector) =>
        (vector >> 6) switch
        {
            0 => _word0,
            1 => _word1,
            2 => _word2,
            _ => _word3,
        };

    private void Store(byte vector, ulong value)
    {
        switch (vector >> 6)
        {
            case 0:
                _word0 = value;
                break;
            case 1:
                _word1 = value;
                break;
            case 2:
                _word2 = value;
                break;
            default:
                _word3 = value;
                break;
        }
    }
}
