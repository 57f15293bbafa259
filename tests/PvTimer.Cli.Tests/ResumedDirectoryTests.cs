using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using PvTimer.Experiments;

namespace PvTimer.Cli.Tests;

/// <summary>
/// What --resume finds in a directory that was copied, edited, belongs to another user or is in use: it goes on with
/// what the run wrote, or says in one line why not.
/// </summary>
public sealed class ResumedDirectoryTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public ResumedDirectoryTests() =>
        Assert.Equal(
            130,
            _pvtimer.RunInterrupted(
                "run",
                _pvtimer.ScenarioFile,
                "--out",
                _pvtimer.Out,
                "--backend",
                "pvtimer",
                "--set",
                "duration=300ms"
            )
        );

    private string Record => Path.Combine(_pvtimer.Out, "run.json");

    private string Scenario => Path.Combine(_pvtimer.Out, "checkpoints", "scenario.conf");

    private string Manifest =>
        Directory
            .GetFiles(Path.Combine(_pvtimer.Out, "checkpoints", "pvtimer"), "manifest-*")
            .Single();

    public void Dispose() => _pvtimer.Dispose();

    [Fact]
    public void A_run_that_was_moved_goes_on()
    {
        string moved = Path.Combine(_pvtimer.Folder, "moved");
        Directory.Move(_pvtimer.Out, moved);
        _pvtimer.Succeed("run", "--resume", moved, "--json");
        Assert.DoesNotContain("warning: checkpoint", _pvtimer.Error, StringComparison.Ordinal);
        AssertWholeHash();
    }

    [Fact]
    public void A_reached_time_that_was_edited_is_a_warning_and_costs_no_more_than_the_way_back()
    {
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Manifest))!;
        manifest["ReachedNanoseconds"] = 1 + (long)manifest["ReachedNanoseconds"]!;
        File.WriteAllText(Manifest, manifest.ToJsonString());
        string line =
            $"pvtimer: warning: checkpoint is damaged, and not used: {Manifest}: its hash is not that of what it says";

        _pvtimer.Succeed("run", "--resume", _pvtimer.Out, "--json");

        Assert.Single(_pvtimer.Error.Split('\n'), said => said == line);
        AssertWholeHash();
    }

    [Fact]
    public void A_scenario_that_was_edited_is_refused()
    {
        File.WriteAllText(
            Scenario,
            File.ReadAllText(Scenario).Replace("300ms", "301ms", StringComparison.Ordinal)
        );
        AssertRefused($"--resume: '{Scenario}' is not the scenario that was run; accepted: ");
    }

    [Theory]
    [InlineData("run_ids", "{}", "names no run of a back-end")]
    [InlineData("first_ids", "{}", "names no run of a back-end")]
    [InlineData("first_ids", "null", "no record of a run")]
    [InlineData("scenario_sha256", "null", "no record of a run")]
    [InlineData("scenario_sha256", "[]", "is not the scenario that was run")]
    [InlineData("process", "null", "no record of a run")]
    public void A_record_that_cannot_be_is_refused(string member, string json, string said)
    {
        JsonNode record = JsonNode.Parse(File.ReadAllText(Record))!;
        record[member] = JsonNode.Parse(json);
        File.WriteAllText(Record, record.ToJsonString());
        AssertRefused(said);
    }

    [Fact]
    public void A_directory_that_another_process_runs_in_is_refused_with_its_number()
    {
        using (RunLock.Take(_pvtimer.Out))
        {
            AssertRefused(
                $"'{_pvtimer.Out}' is being run by process {Environment.ProcessId}; accepted: "
            );
        }
        _pvtimer.Succeed("run", "--resume", _pvtimer.Out, "--json");
    }

    [RootFact]
    public void A_directory_of_another_user_is_refused_and_left_as_it_is()
    {
        Give(_pvtimer.Out);
        AssertRefused($"--resume: '{_pvtimer.Out}' belongs to user 12345; accepted: ");
    }

    [RootFact]
    public void A_record_of_another_user_is_refused_and_left_as_it_is()
    {
        Give(Record);
        AssertRefused($"--resume: '{Record}' belongs to user 12345; accepted: ");
    }

    private static void Give(string path)
    {
        using ChildProcess chownChild = ChildProcess.Start("chown", ["12345", path]);
        Process chown = chownChild.Process;
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }

    private void AssertRefused(string said)
    {
        string before = Content();
        Assert.Equal(2, _pvtimer.Run("run", "--resume", _pvtimer.Out));
        Assert.Contains(said, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Single(_pvtimer.Error.TrimEnd().Split('\n'));
        Assert.Empty(_pvtimer.Output);
        Assert.Equal(before, Content());
    }

    private void AssertWholeHash()
    {
        string resumed = LiveRun.HashIn(_pvtimer.Output);
        using CommandLine other = new();
        other.Run(
            "run",
            other.ScenarioFile,
            "--out",
            other.Out,
            "--json",
            "--backend",
            "pvtimer",
            "--set",
            "duration=300ms"
        );
        Assert.Equal(LiveRun.HashIn(other.Output), resumed);
    }

    /// <summary>All files with all that is in them, those of the lock not counted.</summary>
    private string Content() =>
        string.Join(
            '\n',
            Directory
                .GetFiles(_pvtimer.Out, "*", SearchOption.AllDirectories)
                .Where(file =>
                    !Path.GetFileName(file).StartsWith(".lock", StringComparison.Ordinal)
                )
                .Order(StringComparer.Ordinal)
                .Select(file => $"{file}: {Convert.ToBase64String(File.ReadAllBytes(file))}")
        );

    /// <summary>Only root can give a file to another user.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RootFactAttribute : FactAttribute
    {
        public RootFactAttribute() =>
            Skip = Environment.IsPrivilegedProcess ? null : "only root can give files away";
    }
}
