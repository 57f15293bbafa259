using System;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Guests;

/// <summary>What a guest program sees when it is asked: the time on its own clock, and on the world's.</summary>
/// <param name="Now">Virtual time.</param>
/// <param name="Clock">The guest's TSC.</param>
public readonly record struct GuestContext(VirtualTime Now, TscClock Clock)
{
    /// <summary>RDTSC.</summary>
    public TscTicks Tsc => Clock.At(Now);

    /// <summary>What the guest TSC shows some time from now.</summary>
    public TscTicks TscIn(VirtualDuration span) => Clock.At(Now + span);
}

/// <summary>An interrupt whose handler begins.</summary>
/// <param name="Vector">Which.</param>
/// <param name="Deadline">The latest deadline that it stands for; null: not the LVT timer.</param>
/// <param name="Requests">How many requests it stands for, at least 1: requests of a vector coalesce.</param>
public readonly record struct GuestInterrupt(byte Vector, TscTicks? Deadline, int Requests);

/// <summary>
/// What one vCPU runs: asked for its next step whenever the last one is done. It is a state machine like
/// any other part: no clock, no randomness of its own but what its seed gives it.
/// </summary>
/// <remarks>
/// Interrupts are disabled in a handler: it runs from <see cref="OnInterrupt"/> to the step
/// <see cref="GuestStepKind.EndOfInterrupt"/>. A program must return that step at last. Its own state is
/// part of its vCPU's: a program without any has an empty <see cref="IStateful.Transfer"/>.
/// </remarks>
public interface IGuestProgram : IStateful
{
    GuestStep Next(in GuestContext context);

    /// <summary>So many of its first timers' latenesses it drops itself, as a test that warms up does.</summary>
    int LatenessesDropped => 0;

    /// <summary>Requests that came to it and found no room.</summary>
    long RequestsDropped => 0;

    /// <summary>The handler of an interrupt begins.</summary>
    void OnInterrupt(in GuestContext context, in GuestInterrupt interrupt);

    /// <summary>A RDMSR or WRMSR step ended: what was read or written, and whether it faulted.</summary>
    void OnMsrAccess(
        in GuestContext context,
        MsrAccessKind kind,
        uint msr,
        ulong value,
        MsrResult result
    ) { }

    /// <summary>INIT came: what it was doing is over. It is asked for its next step when it starts again.</summary>
    void OnReset() { }

    /// <summary>It is told to do something; only a <see cref="CommandedGuest"/> is.</summary>
    /// <returns>It spins and has seen it: it wants to be asked for its next step at once.</returns>
    bool OnCommand(Command command) =>
        throw new InvalidOperationException($"a guest that takes no commands was given {command}");
}
