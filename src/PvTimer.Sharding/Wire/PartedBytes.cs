using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.Sharding.Wire;

/// <summary>What was cut into parts to fit into messages.</summary>
internal static class PartedBytes
{
    /// <summary>All of it, in memory of its own.</summary>
    /// <param name="parts">In order.</param>
    public static byte[] Join(List<ReadOnlyMemory<byte>> parts)
    {
        byte[] whole = new byte[parts.Sum(part => part.Length)];
        int at = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            part.CopyTo(whole.AsMemory(at));
            at += part.Length;
        }
        return whole;
    }
}
