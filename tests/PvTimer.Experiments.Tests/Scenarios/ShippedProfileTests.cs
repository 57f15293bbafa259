using System;
using System.IO;
using System.Linq;
using PvTimer.Scenarios;
using PvTimer.Scenarios.Costs;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Cost profiles by name, wherever the scenario is.</summary>
public sealed class ShippedProfileTests : IDisposable
{
    private const string NamesSkylake = """
        scenario {
          name = pasted
          duration = 10ms
          host { cpus = 4, costs = skylake }
          vms = [ { name = web, vcpus = 2, guest { type = cyclictest, period = 1ms } } ]
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_profile_of_the_repository_is_part_of_the_program()
    {
        string[] files =
        [
            .. Directory
                .GetFiles(ScenarioFolder.Repository("config/costs"), "*.conf")
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(string.Join(' ', files), string.Join(' ', ShippedProfiles.Names));
    }

    [Fact]
    public void Profile_is_found_by_name_from_any_folder_and_the_resolved_scenario_needs_none()
    {
        Scenario scenario = ScenarioReader.Read(Write("here.conf", NamesSkylake), []);

        Assert.Equal("skylake", scenario.Host.Costs.Name);
        Assert.Equal("here.conf", Path.GetFileName(Assert.Single(scenario.Inputs)));
        string resolved = ScenarioWriter.Write(scenario);
        Scenario again = ScenarioReader.Read(Write("resolved.conf", resolved), []);
        Assert.Equal(resolved, ScenarioWriter.Write(again));
    }

    [Theory]
    [InlineData("skylake.conf", "skylake")]
    [InlineData("own.conf", "own.conf")]
    [InlineData("own.conf", "own")]
    [InlineData("own.conf", "./own.conf")]
    public void File_beside_the_scenario_wins(string file, string named)
    {
        Write(
            file,
            Shipped("skylake").Replace("name = skylake", "name = mine", StringComparison.Ordinal)
        );

        Scenario scenario = ScenarioReader.Read(
            Write("here.conf", NamesSkylake),
            [$"host.costs={named}"]
        );

        Assert.Equal("mine", scenario.Host.Costs.Name);
        Assert.Contains(scenario.Inputs, input => Path.GetFileName(input) == file);
    }

    [Fact]
    public void Miss_lists_the_profiles_there_are()
    {
        var error = Assert.Throws<ScenarioException>(() =>
            ScenarioReader.Read(Write("here.conf", NamesSkylake), ["host.costs=pentium"])
        );

        Assert.StartsWith(
            "--set: scenario.host.costs: there is no cost profile 'pentium'; accepted: ",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.All(
            ShippedProfiles.Names,
            name => Assert.Contains(name, error.Message, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Profile_by_itself_is_found_by_name_and_by_path()
    {
        string own = Write(
            "own.conf",
            Shipped("skylake").Replace("name = skylake", "name = mine", StringComparison.Ordinal)
        );

        Assert.Equal("cascadelake-kvm", CostProfileFile.Read("cascadelake-kvm").Name);
        Assert.Equal("mine", CostProfileFile.Read(own).Name);
        var error = Assert.Throws<ScenarioException>(() => CostProfileFile.Read("pentium"));
        Assert.Contains("cascadelake-kvm", error.Message, StringComparison.Ordinal);
    }

    private static string Shipped(string name) =>
        File.ReadAllText(ScenarioFolder.Repository($"config/costs/{name}.conf"));

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
