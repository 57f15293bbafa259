using System;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;

namespace PvTimer.Cli.Tests;

/// <summary>The command as a tool of dotnet: packed, installed from that package alone, run from an empty folder.</summary>
[Trait("Runs", "Alone")]
public sealed class ToolPackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Installed_tool_runs_a_scenario_that_it_brings_along()
    {
        string feed = Path.Combine(_folder, "feed");
        string tool = Path.Combine(_folder, "tool");
        string empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        string sources = Path.Combine(_folder, "nuget.config");
        await File.WriteAllTextAsync(
            sources,
            $"<configuration><packageSources><clear /><add key=\"packed\" value=\"{feed}\" /></packageSources></configuration>"
        );
        string project = CommandLine.Repository("src/PvTimer.Cli");
        await Run("dotnet", empty, "pack", project, "-c", "Release", "--no-build", "-o", feed);

        using (ZipArchive package = await ZipFile.OpenReadAsync(Package(feed, ".nupkg")))
        {
            string[] expected =
            [
                "LICENSE",
                "README.md",
                "THIRD-PARTY-NOTICES.md",
                "licences/echarts-license.txt",
                "licences/echarts-notice.txt",
                "licences/uplot-license.txt",
            ];
            Assert.Empty(
                expected.Except(
                    package.Entries.Select(entry => entry.FullName),
                    StringComparer.Ordinal
                )
            );
        }
        await Run(
            "dotnet",
            empty,
            ["tool", "install", "PvTimer.Cli", "--tool-path", tool, "--configfile", sources]
        );
        string summary = await Run(
            Path.Combine(tool, "pvtimer"),
            empty,
            ["run", "quickstart", "--json", "--quiet"]
        );

        JsonNode pvtimer = JsonNode.Parse(summary)!["backends"]!["pvtimer"]!;
        Assert.Equal(12_764, (int)pvtimer["deadline_writes"]!);
        Assert.True(File.Exists(Path.Combine(empty, "runs", "quickstart-42", "report.html")));
    }

    private static string Package(string feed, string ending) =>
        Assert.Single(Directory.GetFiles(feed, $"*{ending}"));

    /// <summary>What it prints; it has to end with 0.</summary>
    private static async Task<string> Run(string program, string folder, params string[] args)
    {
        ProcessStartInfo start = new(program, args)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {output}{await error}");
        return output;
    }
}
