using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Faults;

/// <summary>
/// Turns the order of messages round: the first one is held back, and each that is sent to the same actor while
/// it is under way arrives just before the one that was sent before it.
/// </summary>
/// <remarks>
/// <code>
///   sent        a    b    c
///   arrive                     c b a      a: `within` later; b and c: 1 ns before the one that they overtake
/// </code>
/// </remarks>
internal sealed class Overtaking(VirtualDuration within)
{
    private readonly List<Held> _held = [];

    /// <summary>How many messages have overtaken one that was held back.</summary>
    public int Count { get; private set; }

    /// <summary>How long a message takes that is to be overtaken by later ones, or to overtake earlier ones.</summary>
    public ImmutableArray<VirtualDuration> Hold(Transit transit)
    {
        Forget(transit.At);
        VirtualTime usual = transit.At + transit.Latency;
        VirtualTime due = _held
            .Where(held => held.Target == transit.Target && held.Due > usual)
            .Select(held => held.Due - VirtualDuration.Smallest)
            .DefaultIfEmpty(usual + within)
            .Min();
        _held.Add(new Held(transit.Target, usual, due));
        return [due - transit.At];
    }

    /// <summary>A message of the kind leaves: whether it overtakes one that is for the same actor.</summary>
    public void Sees(in Transit transit, ImmutableArray<VirtualDuration> latencies)
    {
        Forget(transit.At);
        foreach (VirtualDuration latency in latencies)
        {
            VirtualTime due = transit.At + latency;
            foreach (Held held in _held)
            {
                // What would have come before it anyway overtakes nothing.
                bool isBetween = due >= held.Usual && due < held.Due;
                if (isBetween && held.Target == transit.Target)
                {
                    Count++;
                    break;
                }
            }
        }
    }

    /// <param name="Target">Whom it is for.</param>
    /// <param name="Usual">When it would have come.</param>
    /// <param name="Due">When it comes.</param>
    private readonly record struct Held(EntityId Target, VirtualTime Usual, VirtualTime Due);

    private void Forget(VirtualTime now) => _held.RemoveAll(held => held.Due <= now);
}
