using System;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>What a guest's section may not hold: the key that is named, what is said and accepted.</summary>
public sealed class GuestInputTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "vms = [ { name = a, guest { type = tick, no-hz = full } } ]",
        "vms.0.guest.no-hz",
        "vCPU 0 keeps time",
        "vcpus = 2 or more"
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = tick, hz = 100, no-hz = off, work = 10ms } } ]",
        "vms.0.guest.work",
        "long",
        "shorter than 10ms"
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = mix } } ]",
        "vms.0.guest.guests",
        "missing",
        "guests = ["
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = mix, guests = [ { type = idle }, { type = commanded } ] } } ]",
        "vms.0.guest.guests.1.type",
        "of a whole VM",
        "any other guest"
    )]
    [InlineData(
        "vms = [ { name = a, guest { type = idle } } ], backends = [hrtimer, paratick]",
        "vms.0.guest.type",
        "paratick is for guests that tick",
        "a mix of ticks"
    )]
    [InlineData(
        "vms = [ { name = a, backend = paratick, guest { type = mix, guests = [ { type = tick }, { type = idle } ] } } ]",
        "vms.0.guest.type",
        "paratick is for guests that tick",
        "without paratick"
    )]
    [InlineData(
        "vms = [ { name = a, clock-event = hpet, guest { type = idle } } ]",
        "vms.0.clock-event",
        "'hpet'",
        "lapic or hyperv-stimer"
    )]
    [InlineData(
        "vms = [ { name = a, clock-event = hyperv-stimer, backend = hrtimer, guest { type = idle } } ]",
        "vms.0.backend",
        "clock-event = hyperv-stimer",
        "one of the two"
    )]
    [InlineData(
        "vms = [ { name = a, clock-event = hyperv-stimer, guest { type = mix, guests = [ { type = lapic-timer } ] } } ]",
        "vms.0.clock-event",
        "own registers",
        "another guest"
    )]
    public void Guest_s_mistake_is_named_with_its_key_and_what_is_accepted(
        string mistake,
        string key,
        string what,
        string accepted
    )
    {
        string text = ScenarioFolder.Plain.Replace(
            "\n}",
            $"\n  {mistake}\n}}",
            StringComparison.Ordinal
        );

        var error = Assert.Throws<ScenarioException>(() => _folder.Read(text));

        string[] halves = error.Message.Split("; accepted: ", 2);
        Assert.Contains($"scenario.{key}: ", halves[0], StringComparison.Ordinal);
        Assert.Contains(what, halves[0], StringComparison.Ordinal);
        Assert.Contains(accepted, halves[1], StringComparison.Ordinal);
    }

    /// <summary>As it was written before full dynticks.</summary>
    [Theory]
    [InlineData("true", "idle")]
    [InlineData("false", "off")]
    public void Tick_s_no_hz_may_still_be_a_truth_value(string before, string now)
    {
        string vm = "vms=[{ name = a, guest { type = tick, no-hz = WORD } }]";

        Assert.Equal(
            ScenarioWriter.Write(
                _folder.Read(
                    ScenarioFolder.Plain,
                    vm.Replace("WORD", now, StringComparison.Ordinal)
                )
            ),
            ScenarioWriter.Write(
                _folder.Read(
                    ScenarioFolder.Plain,
                    vm.Replace("WORD", before, StringComparison.Ordinal)
                )
            )
        );
    }
}
