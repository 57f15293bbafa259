using System;
using PvTimer.Scenarios;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>What a run is made from, as the coordinator reads it.</summary>
/// <remarks>
/// All of it throws <see cref="System.IO.IOException"/> if a file cannot be read, and
/// <see cref="ScenarioException"/> if it is no scenario.
/// </remarks>
internal interface IRunInputs
{
    /// <summary>Looks for them, on the disk and among what was sent; they are used from then on.</summary>
    /// <param name="scenario">The resolved scenario's path.</param>
    /// <param name="sha256">See <see cref="InputHash"/>.</param>
    /// <returns>False: they are lacking, or others are there.</returns>
    bool Has(string scenario, string sha256);

    /// <summary>Keeps in memory what was sent, and uses it from then on.</summary>
    /// <param name="scenario">The resolved scenario's path.</param>
    /// <param name="sha256">What it has to be.</param>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="System.IO.InvalidDataException">It is something else.</exception>
    void Take(string scenario, string sha256, byte[] bytes);

    /// <summary>A scenario that commands have made: its file may be in a node's own directory, and not where its path says.</summary>
    void Note(string scenario, ReadOnlyMemory<byte> content);

    /// <summary>What is to be sent to those that lack it.</summary>
    /// <param name="scenario">The resolved scenario's path.</param>
    /// <param name="sha256">What it has to be.</param>
    /// <exception cref="System.IO.InvalidDataException">It is something else.</exception>
    byte[] BytesOf(string scenario, string sha256);

    MachineFacts Read(RunSpec run);

    /// <summary>See <see cref="InputHash"/>.</summary>
    string HashOf(string scenario);

    /// <summary>A scenario as it is.</summary>
    ReadOnlyMemory<byte> ContentOf(string scenario);

    /// <summary>The text of a run's scenario with one more event.</summary>
    /// <param name="run">The run.</param>
    /// <param name="command">The event.</param>
    /// <param name="earliestNanoseconds">It happens then or later.</param>
    string WithEvent(RunSpec run, ClusterCommand command, long earliestNanoseconds);
}
