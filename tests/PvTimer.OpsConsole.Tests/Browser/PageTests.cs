using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace PvTimer.OpsConsole.Tests.Browser;

/// <summary>Every page of the console, of a run that goes on.</summary>
[Trait("Runs", "Alone")]
public sealed class PageTests(Chromium chromium, ITestOutputHelper output) : IClassFixture<Chromium>
{
    /// <summary>Where pictures of the pages go, if somebody wants them.</summary>
    private static readonly string? Pictures = Environment.GetEnvironmentVariable(
        "PVTIMER_PICTURES"
    );

    private static readonly (string Name, string Path, string Waits)[] Pages =
    [
        ("cluster", "#/cluster", "table >> text=node-3"),
        ("machine", "#/machine", "table >> text=h7"),
        ("host", "#/host/h3", "table >> text=h3/pcpu-0"),
        ("actor", "#/actor/h3/pcpu-0", "table >> text=hrtimers"),
        ("timers", "#/timers", "table >> text=vcpu-0"),
        ("run", "#/run", "text=Where it is"),
        ("help", "#/help", "text=Keys"),
    ];

    [Fact]
    public async Task Every_page_shows_live_data_and_nobody_complains()
    {
        await using LiveConsole live = await LiveConsole.Start(duration: "20s");
        await live.Until(seen => (long?)seen["run"]?["reached_ns"] > 0, "virtual time");
        await using Tab tab = await chromium.Open(live.Address);
        List<string> violations = [];
        foreach ((string name, string path, string waits) in Pages)
        {
            await tab.Page.GotoAsync($"{live.Address}/{path}");
            await tab.Page.WaitForSelectorAsync(waits);
            await tab.Page.WaitForTimeoutAsync(1_500);
            if (Pictures is not null)
            {
                await tab.Page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{name}.png") }
                );
            }
            violations.AddRange((await tab.AxeViolations()).Select(line => $"{name}: {line}"));
        }
        output.WriteLine(string.Join('\n', tab.Complaints));
        Assert.Empty(violations);
        Assert.Empty(tab.Complaints);
        Assert.All(
            tab.Requested,
            url => Assert.StartsWith(live.Address, url, StringComparison.Ordinal)
        );
    }
}
