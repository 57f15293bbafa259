using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Threads;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>The VMs of a scenario as calls that add them, in C#.</summary>
internal static class VmText
{
    private static readonly VmOptions Defaults = new();

    /// <summary>"AddVm("web", vcpus: 2)".</summary>
    public static string Of(VmSettings vm)
    {
        List<string> said = [$"{Quoted(vm.Name)}", $"vcpus: {CodeText.Of(vm.Vcpus)}"];
        if (vm.Guest != new CommandedGuest())
        {
            said.Add($"guest: {CodeText.Guest(vm.Guest)}");
        }
        if (vm.Pin == PinPolicy.Listed)
        {
            said.Add($"pins: [{string.Join(", ", vm.PinList.Select(pin => CodeText.Of(pin)))}]");
        }
        VmOptions options = OptionsOf(vm);
        if (options != Defaults)
        {
            said.Add($"options: {CodeText.New(options, Defaults, Parts(options))}");
        }
        return $"AddVm({string.Join(", ", said)})";
    }

    /// <summary>What a script says to describe such a VM.</summary>
    public static VmOptions OptionsOf(VmSettings vm) =>
        new()
        {
            Backend = vm.Backend,
            ClockEvent = vm.ClockEvent,
            Tsc = vm.Tsc,
            TscScaling = vm.TscScaling,
            TscSkew = vm.TscSkew,
            ApicBusCycle = vm.ApicBusCycle,
            Bandwidth = vm.Bandwidth,
            Weight = vm.Weight,
            HasApicv = vm.HasApicv,
            HltExits = vm.HltExits,
            HasMwait = vm.HasMwait,
            GuestHaltPolling = vm.GuestHaltPolling,
        };

    /// <summary>Properties that are more than a word.</summary>
    private static IEnumerable<string> Parts(VmOptions options)
    {
        if (options.Bandwidth is { } cpu)
        {
            yield return $"Bandwidth = new {nameof(CpuBandwidth)}({CodeText.Span(cpu.Quota)}, {CodeText.Span(cpu.Period)})";
        }
        if (options.GuestHaltPolling is { } poll)
        {
            yield return $"GuestHaltPolling = new {nameof(GuestHaltPolling)}({CodeText.Span(poll.Longest)}, "
                + $"{CodeText.Of(poll.Grow)}, {CodeText.Span(poll.GrowStart)}, {CodeText.Of(poll.Shrink)}, "
                + $"{CodeText.Of(poll.AllowsShrink)})";
        }
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
