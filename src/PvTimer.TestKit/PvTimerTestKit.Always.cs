using System;
using System.Runtime.CompilerServices;
using PvTimer.ActorTime;
using PvTimer.Model.Time;

namespace PvTimer.TestKit;

/// <content>Properties of a script that are said once, and hold from then on.</content>
public abstract partial class PvTimerTestKit
{
    /// <summary>
    /// From now on this holds after each event, in every schedule: a script fails at the first after which it does not.
    /// </summary>
    /// <param name="holds">Looks, and neither acts nor moves the clock.</param>
    /// <param name="words">As the test says it; the compiler fills it in.</param>
    protected void Always(
        Func<bool> holds,
        [CallerArgumentExpression(nameof(holds))] string? words = null
    )
    {
        ArgumentNullException.ThrowIfNull(holds);
        Running.ToBeAsked.Always(holds, words!);
    }

    /// <summary>
    /// Within a span from now this holds after some event; explored, in every schedule. The script fails when the span is
    /// over, or when it ends before that without it.
    /// </summary>
    /// <param name="within">From now, in virtual time, more than zero.</param>
    /// <param name="holds">Looks, and neither acts nor moves the clock.</param>
    /// <param name="words">As the test says it; the compiler fills it in.</param>
    protected void Eventually(
        VirtualDuration within,
        Func<bool> holds,
        [CallerArgumentExpression(nameof(holds))] string? words = null
    )
    {
        ArgumentNullException.ThrowIfNull(holds);
        ArgumentOutOfRangeException.ThrowIfLessThan(within, VirtualDuration.Smallest);
        Running.ToBeAsked.Eventually(holds, words!, Running.Now + within);
    }

    /// <summary>
    /// This holds after some event: what it is about is reached. A script in which it never does fails when it ends; an
    /// exploration in no schedule of which it does fails, and names it.
    /// </summary>
    /// <param name="name">What is reached; the same in every schedule.</param>
    /// <param name="holds">Looks, and neither acts nor moves the clock.</param>
    /// <exception cref="ScriptException">At the end: it never has.</exception>
    protected void Sometimes(string name, Func<bool> holds)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(holds);
        Running.ToBeAsked.Sometimes(holds, name);
    }
}
