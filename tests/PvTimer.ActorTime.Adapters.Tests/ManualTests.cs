using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using PvTimer.Scenarios.Tests;

namespace PvTimer.ActorTime.Adapters.Tests;

/// <summary>Every block of C# on the package's page compiles and does what the page says.</summary>
public sealed partial class ManualTests
{
    /// <summary>A block: the section it stands in, whether it is meant to fail, its source.</summary>
    private sealed record Block(string Section, bool Fails, string Source);

    public static TheoryData<string> Sections => [.. Blocks().Select(block => block.Section)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task Code_block_of_the_page_compiles_and_passes(string section)
    {
        Block first = Blocks()[0];
        Block block = Blocks().Single(each => each.Section == section);
        if (block == first)
        {
            Assert.Equal(1, await Compiled.Run(first.Source));
            return;
        }
        string source =
            $"{first.Source}\npublic sealed class Page : VirtualTimeSpec\n{{\n[Fact]\npublic void Body()\n{{\n{block.Source}\n}}\n}}\n";
        if (block.Fails)
        {
            ScriptException failure = await Assert.ThrowsAsync<ScriptException>(() =>
                Compiled.Run(source)
            );
            Assert.Contains("/user/cashier", failure.Message, StringComparison.Ordinal);
            Assert.Contains("Pay { Amount = 10 }", failure.Message, StringComparison.Ordinal);
            return;
        }
        Assert.Equal(2, await Compiled.Run(source));
    }

    private static List<Block> Blocks()
    {
        string page = File.ReadAllText(
            Path.Combine(Top(), "src", "PvTimer.ActorTime", "README.md")
        );
        return
        [
            .. page.Split("\n## ")
                .Skip(1)
                .SelectMany(section =>
                    Fenced()
                        .Matches(section)
                        .Select(match => new Block(
                            section.Split('\n')[0],
                            match.Groups["fails"].Success,
                            match.Groups["source"].Value
                        ))
                ),
        ];
    }

    private static string Top()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new DirectoryNotFoundException("no global.json above");
    }

    [GeneratedRegex(
        "^```csharp(?<fails> fails)?\n(?<source>.*?)^```$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline,
        1_000
    )]
    private static partial Regex Fenced();
}
