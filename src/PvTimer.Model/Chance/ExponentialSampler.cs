using System;
using System.Numerics;
using PvTimer.Model.Time;

namespace PvTimer.Model.Chance;

/// <summary>
/// Exponentially distributed spans by inversion, -mean * ln(u), in integers only: the same on every platform.
/// </summary>
/// <remarks>
/// With u = m * 2^-k and m in [1, 2): -log2(u) = k - log2(m). The binary digits of log2(m) come one by one:
/// square m; if that reaches 2 the digit is 1 and m is halved. 40 digits leave an error below 2^-40.
/// </remarks>
public static class ExponentialSampler
{
    private const int Digits = 40;

    /// <summary>ln 2 * 2^62, rounded.</summary>
    private const ulong Ln2 = 0x2C5C_85FD_F473_DE6B;

    public static VirtualDuration Draw(ref PhiloxSequence chance, VirtualDuration mean)
    {
        // u = (n + 1) / 2^64 lies in (0, 1]; n + 1 = 2^64 has the logarithm 0.
        ulong n = chance.NextUInt64();
        ulong minusLog2 = n == ulong.MaxValue ? 0 : MinusLog2(n + 1);
        UInt128 natural = (UInt128)minusLog2 * Ln2 >> 62;
        UInt128 span = natural * (ulong)mean.Nanoseconds >> Digits;
        return VirtualDuration.FromNanoseconds((long)span);
    }

    /// <summary>-log2(x / 2^64) with <see cref="Digits"/> binary digits after the point; x is not 0.</summary>
    private static ulong MinusLog2(ulong x)
    {
        int zeros = BitOperations.LeadingZeroCount(x);
        ulong mantissa = x << zeros; // 1.63 fixed point: in [1, 2)
        ulong logarithm = 0;
        for (int digit = 0; digit < Digits; digit++)
        {
            ulong high = Math.BigMul(mantissa, mantissa, out ulong low);
            // The square is 2.126 fixed point; its top bit says whether it reached 2.
            bool reached = high >> 63 != 0;
            mantissa = reached ? high : (high << 1) | (low >> 63);
            logarithm = (logarithm << 1) | (reached ? 1UL : 0UL);
        }
        return ((ulong)(zeros + 1) << Digits) - logarithm;
    }
}
