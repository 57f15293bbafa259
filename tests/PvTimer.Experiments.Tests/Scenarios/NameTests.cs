using System;
using System.IO;
using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Names become actor paths, folders and keys: what is wrong in one of them is refused at the key.</summary>
public sealed class NameTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("my vm", "has a blank in it")]
    [InlineData("Grüße", "has 'ü' in it")]
    [InlineData("$x", "has '$' in it")]
    [InlineData("a/b", "has '/' in it")]
    [InlineData("../x", "has '.' in it")]
    [InlineData("a.b", "has '.' in it")]
    [InlineData("it's", "has ''' in it")]
    [InlineData("say \\\"x\\\"", "has a blank in it")]
    [InlineData("x\\\"", "has '\"' in it")]
    [InlineData("a\\nb", "has the control character U+000A in it")]
    [InlineData("-x", "begins with '-'")]
    [InlineData("_x", "begins with '_'")]
    [InlineData("", "is empty")]
    [InlineData("💥", "has '💥' in it")]
    [InlineData("*", "has '*' in it")]
    [InlineData("a%20b", "has '%' in it")]
    public void Vm_of_a_name_that_is_none_is_refused_at_its_key(string name, string what)
    {
        string text = ScenarioFolder.Plain.Replace(
            "name = web",
            $"name = \"{name}\"",
            StringComparison.Ordinal
        );

        var error = Assert.Throws<ScenarioException>(() => _folder.Read(text));

        Assert.Contains(
            "test.conf:4: scenario.vms.0.name: ",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"; accepted: {NameRule.Vm.Forms}",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("name=a/b", "scenario.name", "has '/' in it")]
    [InlineData("name=..", "scenario.name", "begins with '.'")]
    [InlineData("name=\"\"", "scenario.name", "is empty")]
    [InlineData("name=naïve", "scenario.name", "has 'ï' in it")]
    [InlineData("placement.pins={ \"h0\" = \"node 1\" }", "pins.h0", "has a blank in it")]
    [InlineData("vms.0.name=-1", "scenario.vms.0.name", "begins with '-'")]
    public void Other_names_are_refused_at_their_keys(string set, string key, string what)
    {
        var error = Assert.Throws<ScenarioException>(() => _folder.Read(ScenarioFolder.Plain, set));

        Assert.StartsWith("--set: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_of_64_characters_is_the_longest()
    {
        string longest = new('x', 64);

        Assert.Equal(
            longest,
            _folder.Read(ScenarioFolder.Plain, $"vms.0.name={longest}").Vms[0].Name
        );
        var error = Assert.Throws<ScenarioException>(() =>
            _folder.Read(ScenarioFolder.Plain, $"vms.0.name={longest}x")
        );
        Assert.Contains("has 65 characters", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web")]
    [InlineData("7")]
    [InlineData("Web_2-b")]
    public void Vm_of_a_name_that_is_accepted_runs_on_both_engines(string name)
    {
        Scenario scenario = _folder.Read(ScenarioFolder.Plain, $"vms.0.name={name}");

        string[] hashes =
        [
            .. new[] { EngineKind.Sequential, EngineKind.Actors }.Select(engine =>
                Experiment.Run(scenario, engine, 1, (_, _) => true).Backends[0].Outcome.TraceHash
            ),
        ];

        Assert.Equal(hashes[0], hashes[1]);
    }

    [Fact]
    public void Profile_of_a_name_that_would_break_the_resolved_scenario_is_refused()
    {
        string profile = File.ReadAllText(ScenarioFolder.Repository("config/costs/skylake.conf"));
        _folder.Write(
            profile.Replace("name = skylake", "name = \"sky\\\"lake\"", StringComparison.Ordinal),
            "costs/broken.conf"
        );

        var error = Assert.Throws<ScenarioException>(() =>
            _folder.Read(ScenarioFolder.Plain, "host.costs=broken")
        );

        Assert.Contains("costs.name: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(NameRule.Title.Forms, error.Message, StringComparison.Ordinal);
    }
}
