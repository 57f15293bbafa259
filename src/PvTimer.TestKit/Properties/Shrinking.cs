using System;
using System.Collections.Generic;
using System.Linq;

namespace PvTimer.TestKit.Properties;

/// <summary>Makes something that fails as small as it can be, step by step, always in the same way.</summary>
internal static class Shrinking
{
    /// <summary>The most candidates that are tried.</summary>
    public const int MostTries = 1_000;

    /// <summary>
    /// Takes the first of the smaller ones that fails, too, and goes on from there until none does. Then it
    /// looks two steps ahead: what needs two changes at once, such as two deadlines that move together.
    /// </summary>
    /// <param name="failing">What fails.</param>
    /// <param name="smaller">
    /// One step down from something, the largest steps first. Steps never lead back to where they came from.
    /// </param>
    /// <param name="leaps">The first of two steps that may be taken together.</param>
    /// <param name="fails">Whether something else fails, in the same way.</param>
    /// <returns>The smallest one found, and how many were tried.</returns>
    public static (T Smallest, int Tries) Shrink<T>(
        T failing,
        Func<T, IEnumerable<T>> smaller,
        Func<T, IEnumerable<T>> leaps,
        Func<T, bool> fails
    )
        where T : class
    {
        int tries = 0;
        while (tries < MostTries)
        {
            T? next = smaller(failing)
                .Concat(leaps(failing).SelectMany(smaller))
                .TakeWhile(_ => tries < MostTries)
                .FirstOrDefault(candidate =>
                {
                    tries++;
                    return fails(candidate);
                });
            if (next is null)
            {
                break;
            }
            failing = next;
        }
        return (failing, tries);
    }
}
