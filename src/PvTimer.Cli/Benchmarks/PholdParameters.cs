using System;

namespace PvTimer.Cli.Benchmarks;

/// <summary>
/// PHOLD, the usual load for simulation engines (Fujimoto 1990): actors pass tokens around, and each event
/// causes one other event.
/// </summary>
/// <param name="Actors">How many, at least 2; each is a unit of its own, half of them on either of two hosts.</param>
/// <param name="TokensPerActor">Events pending at any time, per actor.</param>
/// <param name="RemotePermille">How many of 1000 tokens go to another actor, drawn evenly; the others stay.</param>
/// <param name="LookaheadNanoseconds">The least latency between two actors, at least 1.</param>
/// <param name="MeanDelayNanoseconds">The mean of what comes on top: uniform in [0, 2 x mean].</param>
/// <param name="WorkPerEvent">
/// Random numbers (Philox4x32-10 blocks) drawn per event for no other purpose than to be work. With none an
/// event costs about as much as one of the machine's own (`pvtimer bench machine`), or somewhat more.
/// </param>
/// <param name="DurationNanoseconds">Virtual time; a token moves once per lookahead + mean delay.</param>
/// <param name="Seed">Of all random numbers.</param>
/// <param name="Runs">Of each row, alternating; at least 1.</param>
public sealed record PholdParameters(
    int Actors = 1024,
    int TokensPerActor = 4,
    int RemotePermille = 250,
    long LookaheadNanoseconds = 50_000,
    long MeanDelayNanoseconds = 50_000,
    int WorkPerEvent = 0,
    long DurationNanoseconds = 100_000_000,
    ulong Seed = 1,
    int Runs = 9
)
{
    /// <summary>
    /// As long in virtual time as so many events take: each token moves once per lookahead + mean delay.
    /// </summary>
    public PholdParameters For(long events)
    {
        Int128 time = (Int128)events * (LookaheadNanoseconds + MeanDelayNanoseconds);
        return this with
        {
            DurationNanoseconds = (long)
                Int128.Clamp(time / ((Int128)Actors * TokensPerActor), 1, long.MaxValue),
        };
    }

    /// <summary>Which parameter is out of range, and what is accepted; null if all are fine.</summary>
    public string? FindMistake() =>
        this switch
        {
            { Actors: < 2 } => $"actors is {Actors}; accepted: at least 2",
            { TokensPerActor: < 1 } =>
                $"tokens per actor is {TokensPerActor}; accepted: at least 1",
            { RemotePermille: < 0 or > 1000 } =>
                $"remote permille is {RemotePermille}; accepted: 0 to 1000",
            { LookaheadNanoseconds: < 1 } =>
                $"lookahead is {LookaheadNanoseconds} ns; accepted: at least 1 ns",
            { MeanDelayNanoseconds: < 0 } =>
                $"mean delay is {MeanDelayNanoseconds} ns; accepted: at least 0 ns",
            { WorkPerEvent: < 0 } => $"work per event is {WorkPerEvent}; accepted: at least 0",
            { DurationNanoseconds: < 1 } =>
                $"duration is {DurationNanoseconds} ns; accepted: at least 1 ns",
            { Runs: < 1 } => $"runs is {Runs}; accepted: at least 1",
            _ => null,
        };
}
