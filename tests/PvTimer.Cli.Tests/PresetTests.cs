using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Tests;

/// <summary>The scenarios that come with pvtimer: they have names, questions and all that they need.</summary>
public sealed class PresetTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public static TheoryData<string> Names => [.. Preset.All.Select(preset => preset.Name)];

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void List_has_every_scenario_of_the_repository()
    {
        _pvtimer.Succeed("scenarios", "--json");

        string folder = CommandLine.Repository("config/scenarios");
        string[] files = Directory.GetFiles(folder, "*.conf", SearchOption.AllDirectories);
        string[] listed =
        [
            .. JsonNode.Parse(_pvtimer.Output)!["scenarios"]!
                .AsArray()
                .Select(each => (string)each!["name"]! + ".conf"),
        ];
        Assert.Equal(
            files.Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void List_has_the_question_of_each()
    {
        _pvtimer.Succeed("scenarios");

        Assert.Matches(@"(?m)^quickstart +What would pvtimer have changed .*\?$", _pvtimer.Output);
        Assert.Matches(@"(?m)^experts/05-shoot-out +Which back-end .*\?$", _pvtimer.Output);
        Assert.All(
            Preset.All.Where(preset =>
                preset.Name.StartsWith("experts/", StringComparison.Ordinal)
                || !preset.Name.Contains('/', StringComparison.Ordinal)
            ),
            preset => Assert.NotNull(preset.ReadQuestion())
        );
    }

    /// <summary>Their recordings lie where they name them.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Preset_can_be_read_where_it_is_installed(string name)
    {
        string file = Preset.FileOf(name);

        Assert.StartsWith(AppContext.BaseDirectory, file, StringComparison.Ordinal);
        Assert.NotEmpty(ScenarioReader.Read(file, []).Vms);
    }

    [Theory]
    [InlineData("tick-1khz")]
    [InlineData("config/scenarios/tick-1khz.conf")]
    public void Preset_runs_by_its_name_and_by_its_path_in_the_repository(string named)
    {
        _pvtimer.Succeed("run", named, "--set", "duration=20ms", "--json", "--out", _pvtimer.Out);

        Assert.Equal("tick-1khz", (string)JsonNode.Parse(_pvtimer.Output)!["scenario"]!);
    }

    [Fact]
    public void Preset_is_swept_surveyed_and_compared_by_its_name()
    {
        string sweep = Path.Combine(_pvtimer.Folder, "sweep");
        _pvtimer.Succeed(
            "sweep",
            "periodic-250us",
            "--over",
            "host.halt-poll=0ns,200us",
            "--repeat",
            "1",
            "--set",
            "duration=100ms",
            "--out",
            sweep
        );
        _pvtimer.Succeed("backends", "tick-1khz", "--set", "duration=5ms");
        _pvtimer.Succeed("compare", "tick-1khz", "cyclictest-1ms", "--repeat", "1");
    }

    [Fact]
    public void Name_of_none_is_refused_with_the_nearest()
    {
        Assert.Equal(2, _pvtimer.Run("run", "quickstrat"));

        Assert.Equal(
            "pvtimer run: quickstrat: is no file, and no scenario that comes with pvtimer; accepted: a scenario file, or a name that pvtimer scenarios prints, such as quickstart",
            _pvtimer.Error.Trim()
        );
    }

    [Fact]
    public void File_that_is_there_goes_before_the_preset_of_its_name()
    {
        string file = Path.Combine(_pvtimer.Folder, "quickstart.conf");
        File.Copy(_pvtimer.ScenarioFile, file);

        Assert.Equal(file, Preset.FileOf(file));
        Assert.Equal("nowhere/quickstart.conf", Preset.FileOf("nowhere/quickstart.conf"));
    }
}
