using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using PvTimer.Formats.Traces;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;

namespace PvTimer.Formats.Tests.Traces;

/// <summary>A CPU's number is a label: vCPUs are the recorded CPUs in their order, whatever they are called.</summary>
public class CpuLabelTests
{
    [Theory]
    [InlineData(2, 3)]
    [InlineData(5, 9)]
    [InlineData(0, 17)]
    public void Guest_of_other_cpus_is_the_same_guest(int first, int second)
    {
        using StreamReader file = new(
            new GZipStream(File.OpenRead(RealTrace.PathOf("nginx")), CompressionMode.Decompress)
        );
        string text = Renumbered(file.ReadToEnd(), first, second);

        CompiledTrace original = RealTrace.Compile("nginx");
        CompiledTrace renumbered = TraceCompiler.Compile(TraceText.Read(text), RealTrace.Frequency);

        Assert.Equal([first, second], renumbered.Cpus.Select(cpu => cpu.Cpu));
        Assert.Empty(renumbered.Unrecorded);
        for (int vcpu = 0; vcpu < 2; vcpu++)
        {
            Assert.Equal(
                original.Guest.Vcpus[vcpu].Select(step => Described(step, vcpu, original.Guest)),
                renumbered
                    .Guest.Vcpus[vcpu]
                    .Select(step => Described(step, vcpu, renumbered.Guest)),
                StringComparer.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("11000000fb", 17U)] // physical, id 17
    [InlineData("10002000008fb", null)] // logical, cluster 1, bit 1: id 17
    [InlineData("5000000fb", 5U)]
    public void Ids_of_cpus_that_were_not_recorded_are_counted(string icr, uint? unrecorded)
    {
        CompiledTrace compiled = TraceText.Compile(
            $"""
             a-1 [000] ..... 500: write_msr: 6e0, value 1
             a-1 [000] ..... 1000: write_msr: 830, value {icr}
             b-2 [{(unrecorded == 17 ? 3 : 17):000}] d.h1. 5600: reschedule_entry: vector=251
            """
        );

        RecordedStepKind entry = compiled.Guest.Vcpus[1][0].Kind;
        if (unrecorded is { } id)
        {
            Assert.Equal(new UnrecordedCpu(id, 1), Assert.Single(compiled.Unrecorded));
            Assert.Contains(compiled.Notes(), note => note.Contains($"{id} (1)"));
            Assert.Equal(RecordedStepKind.DeviceInterrupt, entry);
        }
        else
        {
            Assert.Empty(compiled.Unrecorded);
            Assert.Equal(RecordedStepKind.IpiInterrupt, entry);
        }
        Assert.Equal(RecordedStepKind.SendIpi, compiled.Guest.Vcpus[0][1].Kind);
    }

    /// <summary>A step with an IPI's destinations instead of the ids that it names.</summary>
    private static string Described(RecordedStep step, int vcpu, RecordedGuest guest)
    {
        if (step.Kind != RecordedStepKind.SendIpi)
        {
            return step.ToString();
        }
        InterruptCommand command = new(step.Value);
        string reached = string.Join(' ', command.Destinations(vcpu, guest.ApicIds));
        return $"{step.At} {command.Vector} to {reached}";
    }

    private static string Renumbered(string text, int first, int second) =>
        text.Replace("[001]", $"[{second:000}]", StringComparison.Ordinal)
            .Replace("[000]", $"[{first:000}]", StringComparison.Ordinal)
            .Replace("830, value f", $"830, value {first:x}000000f", StringComparison.Ordinal)
            .Replace(
                "830, value 1000000f",
                $"830, value {second:x}000000f",
                StringComparison.Ordinal
            );
}
