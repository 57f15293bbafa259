using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Akka.Actor;
using PvTimer.Scenarios;

namespace PvTimer.Sharding.Checkpoints;

/// <summary>
/// What runs are made from and this process was sent, by content: in memory, and of the last few runs only. What the
/// process's own disk has is not kept here unless others lack it.
/// </summary>
internal sealed class HeldInputs : IExtension
{
    /// <summary>Of so many scenarios: a run and what commands have made of it last.</summary>
    public const int Most = 2;

    private readonly Lock _gate = new();
    private readonly List<(string Sha256, InputBundle Bundle)> _held = [];

    public static HeldInputs Of(ActorSystem system) =>
        system.WithExtension<HeldInputs, HeldInputsProvider>();

    /// <summary>It says that what a run is made from cannot be read, kept or sent.</summary>
    public static bool CannotBeHad(Exception e) =>
        e
            is IOException
                or UnauthorizedAccessException
                or ScenarioException
                or InvalidDataException;

    /// <summary>Looks for what a run is made from, here and on the disk.</summary>
    /// <param name="scenario">The resolved scenario's path.</param>
    /// <param name="sha256">See <see cref="InputHash"/>.</param>
    /// <param name="files">What is not to be read from the disk; null: all is.</param>
    /// <returns>False: it is not here, or another one is.</returns>
    public bool Has(string scenario, string sha256, out HeldFiles? files)
    {
        files = Find(sha256)?.FilesAt(scenario);
        return files is not null || IsOnDisk(scenario, sha256);
    }

    /// <summary>Keeps what was sent.</summary>
    /// <param name="scenario">The resolved scenario's path.</param>
    /// <param name="sha256">What it has to be.</param>
    /// <param name="bytes">See <see cref="InputBundle"/>.</param>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public HeldFiles Take(string scenario, string sha256, byte[] bytes)
    {
        InputBundle bundle = new(bytes);
        HeldFiles files = bundle.FilesAt(scenario);
        string come = HashOf(scenario, files);
        if (come != sha256)
        {
            throw new InvalidDataException(
                $"{scenario} and its recordings were sent, and are {come}; accepted: {sha256}"
            );
        }
        Keep(sha256, bundle);
        return files;
    }

    /// <summary>What is to be sent to those that lack it.</summary>
    /// <param name="scenario">The resolved scenario's path.</param>
    /// <param name="sha256">What it has to be.</param>
    /// <param name="files">What is not read from the disk; null: all is.</param>
    /// <exception cref="ScenarioException">It is no scenario.</exception>
    /// <exception cref="IOException">A file cannot be read, or there is too much to be sent.</exception>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public byte[] BytesOf(string scenario, string sha256, HeldFiles? files)
    {
        if (Find(sha256) is not { } bundle)
        {
            bundle = InputBundle.Read(scenario, files);
            Take(scenario, sha256, bundle.Bytes);
        }
        return bundle.Bytes;
    }

    private InputBundle? Find(string sha256)
    {
        lock (_gate)
        {
            return _held.Find(each => each.Sha256 == sha256).Bundle;
        }
    }

    private void Keep(string sha256, InputBundle bundle)
    {
        lock (_gate)
        {
            _held.RemoveAll(each => each.Sha256 == sha256);
            _held.Insert(0, (sha256, bundle));
            _held.RemoveRange(Math.Min(Most, _held.Count), Math.Max(0, _held.Count - Most));
        }
    }

    /// <summary>One that cannot be read, and one whose recordings cannot, is not there.</summary>
    private static bool IsOnDisk(string scenario, string sha256)
    {
        try
        {
            return InputHash.Of(scenario) == sha256;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ScenarioException)
        {
            return false;
        }
    }

    private static string HashOf(string scenario, HeldFiles files)
    {
        try
        {
            return InputHash.Of(scenario, files);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ScenarioException)
        {
            throw new InvalidDataException($"what was sent as {scenario}: {e.Message}", e);
        }
    }
}

internal sealed class HeldInputsProvider : ExtensionIdProvider<HeldInputs>
{
    public override HeldInputs CreateExtension(ExtendedActorSystem system) => new();
}
