using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using PvTimer.ActorTime;

namespace PvTimer.Scenarios.Tests.Kit;

/// <summary>Every block of C# in the kit's manual compiles and does what the page says.</summary>
public sealed class ManualTests
{
    private static readonly string Page = Path.Combine(
        Repository.Top,
        "src",
        "PvTimer.TestKit",
        "README.md"
    );

    private const string Fence = "```";

    private const string Usings = "csharp usings";

    /// <summary>The section that a block stands in, its language line, its source.</summary>
    private sealed record Block(int Number, string Section, string Language, string Source)
    {
        public string Name => $"{Number}: {Section}";
    }

    public static TheoryData<string> Sections => [.. CSharp().Select(block => block.Name)];

    [Theory]
    [MemberData(nameof(Sections))]
    public async Task Code_block_of_the_manual_compiles_and_passes(string name)
    {
        Block block = CSharp().Single(each => each.Name == name);
        bool isClass =
            block.Source.Contains("PvTimerTestKit", StringComparison.Ordinal)
            && block.Source.StartsWith("public ", StringComparison.Ordinal);
        string usings = Blocks().Single(each => each.Language == Usings).Source;
        string source =
            block.Number == 1 ? block.Source // reason: it can be pasted as it is
            : isClass ? usings + block.Source
            : $"{usings}public sealed class Page : PvTimerTestKit\n{{\n[Fact]\npublic void Body()\n{{\n{block.Source}\n}}\n}}\n";
        if (block.Language.EndsWith("fails", StringComparison.Ordinal))
        {
            string shown = Blocks()
                .Single(each => each.Section == block.Section && each.Language == "text")
                .Source;
            ScriptException failure = await Assert.ThrowsAsync<ScriptException>(() =>
                Compiled.Run(source)
            );
            Assert.StartsWith(shown.Split('\n')[0], failure.Message, StringComparison.Ordinal);
            foreach (string row in shown.Split('\n').Skip(2).Where(row => row.Length > 0))
            {
                Assert.Contains(row.Trim(), failure.Message, StringComparison.Ordinal);
            }
            return;
        }
        Assert.Equal(1, await Compiled.Run(source));
    }

    private static IEnumerable<Block> CSharp() =>
        Blocks()
            .Where(block =>
                block.Language.StartsWith("csharp", StringComparison.Ordinal)
                && block.Language != Usings
            );

    private static List<Block> Blocks()
    {
        List<Block> blocks = [];
        string section = "";
        string? language = null;
        StringBuilder source = new();
        foreach (string line in File.ReadLines(Page))
        {
            if (language is null && line.StartsWith(Fence, StringComparison.Ordinal))
            {
                language = line[Fence.Length..];
                source.Clear();
            }
            else if (language is not null && line == Fence)
            {
                blocks.Add(new Block(blocks.Count + 1, section, language, source.ToString()));
                language = null;
            }
            else if (language is not null)
            {
                source.Append(line).Append('\n');
            }
            else if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                section = line[3..];
            }
        }
        return blocks;
    }
}
