using System;
using System.IO;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>The keys of a cost profile that may be left out.</summary>
public sealed class CostProfileTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Profile_without_the_optional_keys_has_neither_noise_nor_running_states()
    {
        CostProfile profile = CostProfileFile.Read(Profile(""));

        Assert.Null(profile.Noise);
        Assert.Empty(profile.RunningStates);
        Assert.Null(CostProfileFile.Read(Profile("noise = off")).Noise);
    }

    [Fact]
    public void Optional_keys_survive_being_written_and_read_again()
    {
        CostProfile profile = CostProfileFile.Read(
            Profile(
                """
                noise { every = 120ms, length = [50us, 70us, 900us] }
                running-states = [ { name = warm, from = 0ns, delay = [4us, 5us] }
                                   { name = cold, from = 1ms, delay = 12us } ]
                """
            )
        );
        string file = _folder.Write(CostProfileWriter.Write(profile, ""), "costs/again.conf");

        CostProfile again = CostProfileFile.Read(file);

        Assert.Equal(120_000_000, again.Noise!.Every.Nanoseconds);
        Assert.Equal(900_000, again.Noise.Length.Quantiles[^1].Nanoseconds);
        Assert.Equal(
            "warm cold",
            string.Join(' ', again.RunningStates.Select(state => state.Name))
        );
        Assert.Equal(12_000, again.RunningStates[1].Delay.Minimum.Nanoseconds);
    }

    [Theory]
    [InlineData("noise = loud", "noise", "off, or a section")]
    [InlineData("noise { every = 0ns, length = 1us }", "every", "at least 1ns")]
    [InlineData("noise { length = 1us }", "every", "is missing")]
    [InlineData("noise { every = 1s, length = [2us, 1us] }", "length", "quantiles")]
    [InlineData("noise { every = 1s, length = 1us, seed = 3 }", "seed", "unknown key")]
    [InlineData(
        "running-states = [ { name = a, from = 1us, delay = 1us } ]",
        "from",
        "out of order"
    )]
    [InlineData("running-states = [ { name = a, from = 0ns } ]", "delay", "is missing")]
    public void What_cannot_be_read_is_refused_at_its_key(string keys, string key, string why)
    {
        var refused = Assert.Throws<ScenarioException>(() => CostProfileFile.Read(Profile(keys)));

        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_of_a_profile_is_off_until_the_host_switches_it_on()
    {
        Profile("noise { every = 120ms, length = 50us }");
        const string Host = "host.costs=\"../costs/other.conf\"";
        Scenario off = _folder.Read(ScenarioFolder.Plain, Host);
        Scenario on = _folder.Read(ScenarioFolder.Plain, Host, "host.noise=on");

        Assert.Null(Costs(off).Noise);
        Assert.Equal(120_000_000, Costs(on).Noise!.Every.Nanoseconds);
        Assert.Null(Costs(_folder.Read(ScenarioWriter.Write(off))).Noise);
        Assert.NotNull(Costs(_folder.Read(ScenarioWriter.Write(on))).Noise);
    }

    [Fact]
    public void Noise_that_the_profile_does_not_have_cannot_be_switched_on()
    {
        var refused = Assert.Throws<ScenarioException>(() =>
            _folder.Read(ScenarioFolder.Plain, "host.noise=on")
        );

        Assert.Contains("skylake has no noise", refused.Message, StringComparison.Ordinal);
    }

    private static CostProfile Costs(Scenario scenario) =>
        MachineDescriptionBuilder.Build(scenario, TimerBackends.Hrtimer).Hosts[0].Costs;

    /// <summary>A profile with these keys beside all that are needed.</summary>
    private string Profile(string keys)
    {
        string text = File.ReadAllText(ScenarioFolder.Repository("config/costs/ideal.conf"));
        return _folder.Write($"{text[..text.LastIndexOf('}')]}\n{keys}\n}}\n", "costs/other.conf");
    }
}
