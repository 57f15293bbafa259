using System;
using System.Collections.Generic;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Events;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;

namespace PvTimer.Model.Tests.Timelines;

/// <summary>
/// Each machine of the repertoire, frozen on its way and thawed in a machine built anew, ends as if nothing had
/// happened; and what is frozen has the form that it always had.
/// </summary>
public class FrozenMachineTests
{
    private const int Instants = 4;

    [Theory]
    [MemberData(nameof(TimelineTests.Machines), MemberType = typeof(TimelineTests))]
    public void Thawed_machine_ends_as_the_undisturbed_one(string name)
    {
        EmulatedMachine undisturbed = EmulatedMachine.Build(Repertoire.Describe(name));
        RunOutcome expected = SequentialEngine.Run(Bounded(undisturbed), new RunOptions());
        string report = TextOf(undisturbed, expected);
        Resumption? from = null;
        for (int instant = 1; instant <= Instants; instant++)
        {
            from = new Resumption([Freeze(name, instant, from)]);
            EmulatedMachine rest = EmulatedMachine.Build(Repertoire.Describe(name));
            Assert.Equal(expected, SequentialEngine.Run(Bounded(rest), new RunOptions(), from));
            Assert.Equal(report, TextOf(rest, expected));
        }
    }

    /// <summary>A checkpoint of yesterday can be read today, unless its format's version has changed.</summary>
    [Fact]
    public void Frozen_machine_has_the_bytes_that_it_always_had()
    {
        List<string> lines = [];
        foreach (string name in Repertoire.Names)
        {
            byte[] frozen = Freeze(name, Instants / 2, from: null);
            lines.Add($"{name}: {frozen.Length} bytes, digest {DigestOf(frozen):x16}");
        }
        GoldenFile.AssertHolds("frozen.txt", string.Join('\n', lines) + "\n");
    }

    private static byte[] Freeze(string name, int instant, Resumption? from)
    {
        EmulatedMachine machine = EmulatedMachine.Build(Repertoire.Describe(name));
        long at = machine.End.Nanoseconds / (Instants + 1) * instant;
        return SequentialEngine.FreezeAt(Bounded(machine), VirtualTime.FromNanoseconds(at), from);
    }

    private static BoundedMachine Bounded(EmulatedMachine machine) =>
        new(machine, Repertoire.MostSteps);

    private static string TextOf(EmulatedMachine machine, RunOutcome outcome) =>
        string.Join('\n', ReportText.LinesOf(machine.Report(outcome.Reached)));

    private static ulong DigestOf(ReadOnlySpan<byte> bytes)
    {
        TraceDigest digest = default;
        foreach (byte one in bytes)
        {
            digest.Add((long)one);
        }
        return digest.Value;
    }
}
