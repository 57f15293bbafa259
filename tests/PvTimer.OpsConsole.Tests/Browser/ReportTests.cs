using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Playwright;
using PvTimer.Cli;
using Program = PvTimer.Cli.Program;

namespace PvTimer.OpsConsole.Tests.Browser;

/// <summary>Pages of results, opened from the disk in a real browser: they need no network and no other file.</summary>
[Trait("Runs", "Alone")]
public sealed class ReportTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const string Scenario = """
        scenario {
          name = short
          duration = 20ms
          backends = [hrtimer, pvtimer]
          host { cpus = 4, costs = cascadelake-kvm }
          vms = [ { name = web, vcpus = 2, guest { type = uniform, shortest = 100us, longest = 900us } } ]
          thresholds { "pvtimer.lateness.max" = "< 1ns", "pvtimer.timers.lost" = "= 0" }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("pvtimer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    public async Task Run_has_a_page_without_a_complaint_of_browser_or_axe(
        ColorScheme scheme,
        int width
    )
    {
        await using Tab tab = await Open(Run(), scheme, width);
        await Check(tab, charts: 4);
        Assert.Contains(
            "short: what do hrtimer and pvtimer cost",
            await tab.Page.InnerTextAsync("h1"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "pvtimer.lateness.max",
            await tab.Page.InnerTextAsync("tr.failed"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 360)]
    public async Task Comparison_has_a_page_without_a_complaint_of_browser_or_axe(
        ColorScheme scheme,
        int width
    )
    {
        string file = Path.Combine(_folder, "compare.html");
        string scenario = Write();
        Assert.Equal(
            0,
            Invoke("compare", $"{scenario}/hrtimer", $"{scenario}/pvtimer", "--report", file)
        );
        await using Tab tab = await Open(file, scheme, width);
        await Check(tab, charts: 3);
        await tab.Page.WaitForSelectorAsync("td:text('B is lower') >> nth=0");
    }

    [Theory]
    [InlineData("pvtimer.scan-period=100us,200us,400us", "pvtimer.padding=0cycles", 7)]
    [InlineData(
        "pvtimer.scan-period=100us..900us:+100us",
        "pvtimer.padding=0cycles..7000cycles:+1000cycles",
        14
    )]
    public async Task Sweep_has_a_page_without_a_complaint_of_browser_or_axe(
        string axis,
        string other,
        int charts
    )
    {
        string directory = Path.Combine(_folder, "sweep");
        // It breaks a threshold at every point, and has its page all the same.
        Assert.Equal(
            ExitCode.CheckFailed,
            Invoke([
                "sweep",
                Write(),
                "--over",
                axis,
                "--over",
                other,
                "--repeat",
                "2",
                "--out",
                directory,
            ])
        );
        await using Tab tab = await Open(
            Path.Combine(directory, "report.html"),
            ColorScheme.Dark,
            360
        );
        await Check(tab, charts);
    }

    [Fact]
    public async Task Chart_is_saved_as_SVG_and_as_PNG_with_the_keyboard()
    {
        await using Tab tab = await Open(Run(), ColorScheme.Light, 1280);
        foreach (
            (string type, byte[] begins) in new[]
            {
                ("SVG", "<svg"u8.ToArray()),
                ("PNG", [0x89, .. "PNG"u8]),
            }
        )
        {
            await tab.Page.FocusAsync($"button:text('{type}') >> nth=0");
            IDownload download = await tab.Page.RunAndWaitForDownloadAsync(() =>
                tab.Page.Keyboard.PressAsync("Enter")
            );
            Assert.Equal(
                $"vm-exits-per-second-by-reason.{type.ToLowerInvariant()}",
                download.SuggestedFilename
            );
            byte[] content = await File.ReadAllBytesAsync(await download.PathAsync());
            Assert.True(content.Length > 2_000);
            Assert.Equal(begins, content[..begins.Length]);
        }
        Assert.Empty(tab.Complaints);
    }

    [Fact]
    public async Task Page_is_readable_without_scripts()
    {
        string page = await File.ReadAllTextAsync(Run());
        string text = page[..page.IndexOf("<script", StringComparison.Ordinal)];
        Assert.Contains("<th scope=\"row\">hrtimer</th>", text, StringComparison.Ordinal);
        Assert.Contains("<td>&lt; 1ns</td>", text, StringComparison.Ordinal);
        Assert.Contains("pvtimer wins", text, StringComparison.Ordinal);
    }

    private static async Task Check(Tab tab, int charts)
    {
        Assert.Equal(charts, await tab.Page.Locator(".chart svg").CountAsync());
        Assert.Empty(await tab.AxeViolations());
        Assert.Empty(tab.Complaints);
        Assert.All(
            tab.Requested,
            url => Assert.StartsWith("file:///", url, StringComparison.Ordinal)
        );
        Assert.Single(tab.Requested);
        Assert.False(
            await tab.Page.EvaluateAsync<bool>(
                "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
            ),
            "the page is wider than the screen"
        );
    }

    private async Task<Tab> Open(string file, ColorScheme scheme, int width)
    {
        Tab tab = await chromium.Open("about:blank");
        await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
        await tab.Page.SetViewportSizeAsync(width, 900);
        await tab.Page.GotoAsync($"file://{file}");
        return tab;
    }

    private string Run()
    {
        string directory = Path.Combine(_folder, "run");
        Assert.Equal(1, Invoke("run", Write(), "--out", directory));
        return Path.Combine(directory, "report.html");
    }

    private string Write()
    {
        string file = Path.Combine(_folder, "<i>short</i> & 'co'.conf".Replace('/', '-'));
        File.WriteAllText(file, Scenario);
        return file;
    }

    private static int Invoke(params string[] args) =>
        Program.Run(
            args,
            new Session(TextWriter.Null, TextWriter.Null, false, false, CancellationToken.None)
        );
}
