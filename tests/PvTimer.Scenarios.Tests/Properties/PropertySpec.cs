using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.Cli.Tests;
using PvTimer.Model.Backends;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Properties;
using PvTimer.TestKit.Results;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>What holds for every script, and what becomes of a property that does not.</summary>
public sealed class PropertySpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    private static PvTimerParameters AsPosted { get; } =
        PvTimerParameters.AsPosted with
        {
            Worker = WorkerMode.Paced,
        };

    [Fact]
    public void Fixed_pvtimer_loses_no_timer_and_fires_none_early() =>
        ForAll(Scripts.Of(), (_, result) => result.ShouldKeepItsPromises(), runs: 150);

    [Fact]
    public void Baseline_loses_no_timer_either() =>
        ForAll(
            Scripts.Of(new ScriptBounds { Backend = TimerBackends.Hrtimer }),
            (_, result) => result.ShouldKeepItsPromises(),
            runs: 100
        );

    [Fact]
    public void Timers_and_time_add_up_as_posted_too() =>
        ForAll(
            Scripts.Of(new ScriptBounds { PvTimer = AsPosted }),
            (_, result) => result.ShouldConserve(),
            runs: 100
        );

    [Fact]
    public void Generated_scenario_is_read_back_as_it_was_written()
    {
        string file = Path.GetTempFileName();
        Scripts
            .Of()
            .Sample(
                scenario =>
                {
                    string text = ScenarioWriter.Write(scenario);
                    lock (file)
                    {
                        File.WriteAllText(file, text);
                        Assert.Equal(text, ScenarioWriter.Write(ScenarioReader.Read(file, [])));
                    }
                },
                iter: 100,
                seed: "0000000000001"
            );
        File.Delete(file);
    }

    [Fact]
    public async Task Generated_script_in_csharp_ends_with_the_hash_of_its_scenario()
    {
        PCG chance = new(0, 5);
        for (int script = 0; script < 6; script++)
        {
            Scenario scenario = Scripts.Of().Generate(chance, null, out _);
            string hash = Run(scenario).TraceHash;
            Assert.Equal(1, await Compiled.Run(ScriptText.Write(scenario, hash)));
            string property =
                $"(script, result) =>\n    Assert.Equal(\"{hash}\", result.TraceHash)";
            Assert.Equal(1, await Compiled.Run(ScriptText.Write(scenario, hash, property)));
        }
    }

    [Fact]
    public async Task False_property_comes_back_as_the_smallest_script_that_breaks_it()
    {
        ScriptException broken = Broken();
        Output!.WriteLine(broken.Message);
        string source = broken.Message[
            broken.Message.IndexOf("using ", StringComparison.Ordinal)..
        ];

        // One vCPU that programs a deadline and another or none: flaw 2 or 3, and nothing else is needed.
        Assert.Equal(1, source.Split("AddVm(").Length - 1);
        Assert.Contains("vcpus: 1", source, StringComparison.Ordinal);
        Assert.InRange(Regex.Count(source, @"GuestInstruction\.|\.ProgramDeadline\("), 2, 3);
        Assert.DoesNotContain("ShouldHaveHash", source, StringComparison.Ordinal);

        // It fails as long as the flaw is there, and passes when it is mended.
        ScriptException again = await Assert.ThrowsAsync<ScriptException>(() =>
            Compiled.Run(source)
        );
        Assert.Contains("early interrupts", again.Message, StringComparison.Ordinal);
        string flaws = Regex
            .Match(
                source,
                "Flaws = (?:PvTimerFlaws.All|new PvTimerFlaws {.*?})",
                RegexOptions.NonBacktracking
            )
            .Value;
        Assert.NotEmpty(flaws);
        string mended = source.Replace(
            flaws,
            "Flaws = PvTimerFlaws.None",
            StringComparison.Ordinal
        );
        Assert.Equal(1, await Compiled.Run(mended));
    }

    [Fact]
    public void Script_that_fails_is_a_file_that_fails_again()
    {
        string file = Path.GetTempFileName();
        ScriptException broken = Broken(saveTo: file);
        Assert.Contains($"as {file}", broken.Message, StringComparison.Ordinal);
        Assert.True(Replay(file).Report.Timers.Early > 0);
        Assert.Equal(Replay(file).TraceHash, Run(ScenarioReader.Read(file, [])).TraceHash);
        File.Delete(file);
    }

    /// <summary>The program runs it, as it runs any scenario, and shows what the property was about.</summary>
    [Theory]
    [InlineData("sequential")]
    [InlineData("actors")]
    public async Task Script_that_fails_is_a_file_that_pvtimer_runs(string engine)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pvtimer-");
        string file = Path.Combine(folder.FullName, "failing.conf");
        Broken(saveTo: file);
        ScriptResult again = Replay(file);
        ProcessStartInfo start = new("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "pvtimer.dll"),
                "run",
                file,
                "--engine",
                engine,
                "--json",
                "--out",
                Path.Combine(folder.FullName, "run"),
            },
        };
        using ChildProcess pvtimer = ChildProcess.Start(start);
        string summary = await pvtimer.Process.StandardOutput.ReadToEndAsync();
        await pvtimer.Process.WaitForExitAsync();
        Assert.Equal(0, pvtimer.Process.ExitCode);
        JsonNode run = JsonNode.Parse(summary)!["backends"]![0]!; // reason: a summary has them
        Assert.Equal(again.TraceHash, (string?)run["trace_hash"]);
        Assert.Equal(again.Report.Timers.Early, (long?)run["timers"]?["early"]);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Same_seed_fails_in_the_same_way() =>
        Assert.Equal(Broken().Message, Broken().Message);

    private static ScriptException Broken(string? saveTo = null) =>
        Assert.Throws<ScriptException>(() =>
            ForAll(
                Scripts.Of(
                    new ScriptBounds
                    {
                        // Flaw 15 makes early interrupts, too, but those of one deadline.
                        PvTimer = AsPosted with
                        {
                            Flaws = AsPosted.Flaws with { AdvanceIsNotWaitedFor = false },
                        },
                        Events = 12,
                        OnlyCommands = true,
                    }
                ),
                (_, result) => result.ShouldFireEarly(0),
                saveTo: saveTo
            )
        );
}
