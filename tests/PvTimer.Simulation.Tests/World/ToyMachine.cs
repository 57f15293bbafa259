using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using PvTimer.Scenarios;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Control;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// A machine that is nothing but state: a number for each cell, which every round mixes with those of all others and
/// with the events of the scenario. Whatever is lost, done twice, taken from another instant or from another run
/// makes another number.
/// </summary>
internal static class ToyMachine
{
    public const int Cells = 4;

    /// <summary>Virtual time of a round [ns]: 1 ms.</summary>
    public const long Round = 1_000_000;

    public const int Rounds = 16;

    public const long End = Rounds * Round;

    public static ImmutableArray<string> Names { get; } =
    [
        .. Enumerable
            .Range(0, Cells)
            .Select(cell => string.Create(CultureInfo.InvariantCulture, $"h{cell}")),
    ];

    public static ulong Start(int cell) => Mix(0x5EED, (ulong)cell);

    /// <summary>A cell after one more round.</summary>
    /// <param name="own">Its number before.</param>
    /// <param name="sum">Of the numbers of all cells before.</param>
    /// <param name="at">Where the round begins [ns].</param>
    /// <param name="events">Of the scenario.</param>
    public static ulong Next(ulong own, ulong sum, long at, ImmutableArray<ToyEvent> events)
    {
        ulong next = Mix(Mix(own, sum), (ulong)at);
        foreach (ToyEvent happening in events)
        {
            if (happening.At >= at && happening.At < at + Round)
            {
                next = Mix(next, (ulong)happening.Id);
            }
        }
        return next;
    }

    public static ulong Sum(ReadOnlySpan<ulong> numbers)
    {
        ulong sum = 0;
        foreach (ulong number in numbers)
        {
            sum = unchecked(sum + number); // reason: a hash wraps around
        }
        return sum;
    }

    /// <summary>All cells at an instant, as they have to be.</summary>
    public static ulong[] Reference(ImmutableArray<ToyEvent> events, long at)
    {
        ulong[] cells = new ulong[Cells];
        for (int cell = 0; cell < Cells; cell++)
        {
            cells[cell] = Start(cell);
        }
        for (long now = 0; now < at; now += Round)
        {
            ulong sum = Sum(cells);
            for (int cell = 0; cell < Cells; cell++)
            {
                cells[cell] = Next(cells[cell], sum, now, events);
            }
        }
        return cells;
    }

    public static byte[] Freeze(long at, ulong number)
    {
        byte[] state = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(state, at);
        BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(8), number);
        return state;
    }

    public static (long At, ulong Number) Thaw(ReadOnlySpan<byte> state) =>
        (
            BinaryPrimitives.ReadInt64LittleEndian(state),
            BinaryPrimitives.ReadUInt64LittleEndian(state[8..])
        );

    private static ulong Mix(ulong left, ulong right) =>
        Chance.FirstOf(left ^ (right << 1) ^ right);
}

/// <summary>An event of a scenario.</summary>
internal readonly record struct ToyEvent(long At, int Id)
{
    /// <summary>Events from this number on break the machine.</summary>
    public const int FirstThatBreaks = 5_000;

    public bool Breaks => Id >= FirstThatBreaks;

    /// <summary>In which it happens, if it breaks the machine.</summary>
    public int Cell => Id % ToyMachine.Cells;

    /// <summary>What is said of the run then.</summary>
    public string Line =>
        string.Create(CultureInfo.InvariantCulture, $"event {Id} broke {ToyMachine.Names[Cell]}");
}

/// <summary>What a process finds under the path of the scenario.</summary>
internal enum InputsHere
{
    Same,
    Other,
    None,
}

/// <summary>
/// Scenario files of the toy machine: a line for each event, "AT ID". A command to inject one is "{ ID }", or
/// "{ ID AT }".
/// </summary>
internal sealed class ToyInputs(IRunFiles files) : IRunInputs
{
    /// <summary>A scenario without events: with it every run begins.</summary>
    public static readonly byte[] Untouched = Encoding.ASCII.GetBytes(Text([]));
    private static readonly string HashOfUntouched = FileHash.Of(Untouched);

    /// <summary>What was read last: on the simulated disk bytes are replaced, and never changed.</summary>
    private (byte[] Content, ImmutableArray<ToyEvent> Events) _read = (Untouched, []);
    private (byte[] Content, string Sha256) _hashed = (Untouched, HashOfUntouched);

    /// <summary>What was sent to this process: the scenario as it was first; null: nothing.</summary>
    private (string Path, byte[] Content)? _held;

    private static readonly byte[] Another = Encoding.ASCII.GetBytes(Text([new ToyEvent(0, 1)]));

    private static readonly ImmutableArray<PlacementCell> PlacedCells =
    [
        .. ToyMachine.Names.Select(
            (name, host) => new PlacementCell(name, host, name, 0, false, [], [])
        ),
    ];

    /// <summary>This process finds no scenario under its path, or another one.</summary>
    public InputsHere Here { get; init; }

    /// <summary>The same, and what is on the disk is reached in another way.</summary>
    public ToyInputs On(IRunFiles way) => new(way) { _held = _held };

    public void Note(string scenario, ReadOnlyMemory<byte> content) { }

    public bool Has(string scenario, string sha256)
    {
        try
        {
            return HashOf(scenario) == sha256;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Take(string scenario, string sha256, byte[] bytes)
    {
        if (FileHash.Of(bytes) != sha256)
        {
            throw new InvalidDataException($"{scenario} was sent, and is another one");
        }
        _held = (scenario, bytes);
    }

    public byte[] BytesOf(string scenario, string sha256) =>
        Has(scenario, sha256) ? Content(scenario) : throw new IOException($"{scenario}: another");

    public ReadOnlyMemory<byte> ContentOf(string scenario) => Content(scenario);

    private byte[] Content(string scenario) =>
        _held is { } held && held.Path == scenario ? held.Content
        : scenario != SimCluster.ScenarioFile || Here == InputsHere.Same ? files.Read(scenario)
        : Here == InputsHere.Other ? Another
        : throw new FileNotFoundException($"{scenario}: no such file");

    public MachineFacts Read(RunSpec run)
    {
        EventsOf(run.ScenarioFile);
        return new MachineFacts(
            PlacedCells,
            new PlacementSettings(
                PlacementPolicy.PackByHost,
                ImmutableDictionary<string, string>.Empty
            ),
            "toy",
            1,
            ToyMachine.End,
            HashOf(run.ScenarioFile)
        );
    }

    public string HashOf(string scenario)
    {
        byte[] content = Content(scenario);
        if (content != _hashed.Content)
        {
            _hashed = (content, FileHash.Of(content));
        }
        return _hashed.Sha256;
    }

    public string WithEvent(RunSpec run, ClusterCommand command, long earliestNanoseconds)
    {
        ImmutableArray<ToyEvent> events = EventsOf(run.ScenarioFile);
        string[] words = command.Subject.Trim('{', '}', ' ').Split(' ');
        long at = words.Length > 1 ? Number(words[1]) : 0;
        ToyEvent one = new(Math.Max(at, earliestNanoseconds), (int)Number(words[0]));
        return Text(events.Add(one));
    }

    public ImmutableArray<ToyEvent> EventsOf(string scenario)
    {
        byte[] content = Content(scenario);
        if (content != _read.Content)
        {
            _read = (content, EventsIn(content, scenario));
        }
        return _read.Events;
    }

    public static ImmutableArray<ToyEvent> EventsIn(byte[] content, string scenario)
    {
        string[] lines = Encoding.ASCII.GetString(content).Split('\n');
        if (lines[0] != "toy")
        {
            throw new IOException($"{scenario}: no scenario");
        }
        return
        [
            .. lines[1..]
                .Where(line => line.Length > 0)
                .Select(line => line.Split(' '))
                .Select(words => new ToyEvent(Number(words[0]), (int)Number(words[1]))),
        ];
    }

    public static string Text(IEnumerable<ToyEvent> events) =>
        "toy\n"
        + string.Concat(
            events.Select(each =>
                string.Create(CultureInfo.InvariantCulture, $"{each.At} {each.Id}\n")
            )
        );

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
