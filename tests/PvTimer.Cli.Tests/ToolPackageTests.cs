using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using System.Xml.Linq;

namespace PvTimer.Cli.Tests;

/// <summary>
/// The packages: what they say of themselves, and the command as a tool of dotnet, installed from its package alone and
/// run from an empty folder.
/// </summary>
[Trait("Runs", "Alone")]
public sealed class ToolPackageTests : IDisposable
{
    private static readonly string[] s_packages =
    [
        "PvTimer.ActorTime",
        "PvTimer.ActorTime.Hosting",
        "PvTimer.ActorTime.Xunit2",
        "PvTimer.ActorTime.Xunit3",
        "PvTimer.Actors",
        "PvTimer.Cli",
        "PvTimer.Engine",
        "PvTimer.Experiments",
        "PvTimer.Formats",
        "PvTimer.Model",
        "PvTimer.Scenarios",
        "PvTimer.Sharding",
        "PvTimer.Templates",
        "PvTimer.TestKit",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Packages_say_what_they_are_and_the_tool_runs_a_scenario_that_it_brings_along()
    {
        string feed = Path.Combine(_folder, "feed");
        string tool = Path.Combine(_folder, "tool");
        string empty = Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName;
        string sources = Path.Combine(_folder, "nuget.config");
        await File.WriteAllTextAsync(
            sources,
            $"<configuration><packageSources><clear /><add key=\"packed\" value=\"{feed}\" /></packageSources></configuration>"
        );
        await Run(
            "dotnet",
            empty,
            [
                "pack",
                CommandLine.Repository("PvTimer.Actors.sln"),
                "-c",
                "Release",
                "--no-build",
                "-o",
                feed,
            ]
        );

        string[] packages = Directory.GetFiles(feed, "*.nupkg");
        Assert.Equal(
            s_packages,
            packages.Select(IdOf).Order(StringComparer.Ordinal),
            StringComparer.Ordinal
        );
        Assert.All(packages, CheckPackage);
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

    /// <summary>The file's name without the version.</summary>
    private static string IdOf(string file) =>
        string.Join(
            '.',
            Path.GetFileName(file).Split('.').TakeWhile(part => !char.IsAsciiDigit(part[0]))
        );

    /// <summary>It says what it is and under which terms, and has the texts of these and its symbols.</summary>
    private static void CheckPackage(string file)
    {
        using ZipArchive package = ZipFile.OpenRead(file);
        string[] entries = [.. package.Entries.Select(entry => entry.FullName)];
        string[] texts = ["LICENSE", "README.md", "THIRD-PARTY-NOTICES.md"];
        string[] ofReports = ["licences/echarts-license.txt", "licences/echarts-notice.txt"];
        string[] vendored = Path.GetFileName(file).Split('.')[1] switch
        {
            "Cli" => [.. ofReports, "licences/uplot-license.txt"],
            "Experiments" => ofReports,
            _ => [],
        };
        Assert.Empty(texts.Concat(vendored).Except(entries, StringComparer.Ordinal));

        // Where packages are listed, a relative link leads nowhere.
        using StreamReader page = new(package.GetEntry("README.md")!.Open());
        Assert.DoesNotMatch(@"\]\((?!https:|#)", page.ReadToEnd());

        using Stream stream = package
            .Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal))
            .Open();
        XElement metadata = XDocument.Load(stream).Root!.Elements().First();
        Dictionary<string, string> said = metadata
            .Elements()
            .ToDictionary(
                element => element.Name.LocalName,
                element => element.Value,
                StringComparer.Ordinal
            );
        Assert.Equal("Apache-2.0", said["license"]);
        Assert.Equal("README.md", said["readme"]);
        Assert.NotEqual("Package Description", said["description"], StringComparer.Ordinal);
        string about = said["id"].StartsWith("PvTimer.ActorTime", StringComparison.Ordinal)
            ? "virtual-time"
            : "kvm";
        Assert.Contains(about, said["tags"].Split(' '), StringComparer.Ordinal);
        Assert.NotEqual(said["id"], said["authors"], StringComparer.Ordinal);

        // Packages keep analyzers of what they need to themselves, unless they say otherwise.
        Assert.All(
            metadata
                .Descendants()
                .Where(each => (string?)each.Attribute("id") == "PvTimer.ActorTime"),
            each => Assert.Equal("All", (string?)each.Attribute("include"))
        );
        bool isKit = said["id"] == "PvTimer.ActorTime";
        Assert.Equal(
            isKit ? ["analyzers/dotnet/cs/PvTimer.ActorTime.Analyzers.dll"] : [],
            entries.Where(entry => entry.StartsWith("analyzers/", StringComparison.Ordinal)),
            StringComparer.Ordinal
        );
        // Which sources it was made from; their address is the publisher's to say.
        Assert.Matches(
            "^[0-9a-f]{40}$",
            (string?)
                metadata
                    .Elements()
                    .Single(each => each.Name.LocalName == "repository")
                    .Attribute("commit")
        );
        string symbols = Path.ChangeExtension(file, ".snupkg");
        bool hasCode = said["id"] != "PvTimer.Templates";
        Assert.Equal(hasCode, File.Exists(symbols));
        if (hasCode)
        {
            PackageSymbols.AssertLeadToSource(symbols);
        }
    }

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
        using ChildProcess processChild = ChildProcess.Start(start);
        Process process = processChild.Process;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {output}{await error}");
        return output;
    }
}
