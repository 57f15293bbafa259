using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace PvTimer.OpsConsole.Tests.Browser;

/// <summary>Every page of the console, of a run that goes on.</summary>
[Trait("Runs", "Alone")]
[Collection(nameof(OneConsole))]
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
        ("host", "#/host/h3", "svg.host >> text=shared pages"),
        ("actor", "#/actor/h3/pcpu-0", "text=Where its time went"),
        ("vcpu", "#/actor/batch-3/vcpu-0", "text=IA32_TSC_DEADLINE"),
        ("kthread", "#/actor/h3/timer-kthread", "text=Shared pages"),
        ("timers", "#/timers", "table >> text=vcpu-0"),
        ("run", "#/run", "text=Where it is"),
        ("help", "#/help", "text=Keys"),
    ];

    [Fact]
    public async Task Every_page_shows_live_data_and_nobody_complains()
    {
        await using LiveConsole live = await LiveConsole.Start(duration: "20s");
        await live.Until(seen => (long?)seen["run"]?["reached_ns"] > 0, "virtual time");
        await live.SlowDown();
        await using Tab tab = await chromium.Open(live.Address);
        List<string> violations = [];
        foreach ((string name, string path, string waits) in Pages)
        {
            await tab.Page.GotoAsync($"{live.Address}/{path}");
            await tab.Page.WaitForSelectorAsync(waits);
            if (Pictures is not null)
            {
                // Its charts should have something in them.
                await tab.Page.WaitForTimeoutAsync(12_000);
            }
            await Picture(tab, name);
            violations.AddRange((await tab.AxeViolations()).Select(line => $"{name}: {line}"));
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
            await tab.Page.SetViewportSizeAsync(360, 800);
            violations.AddRange(
                (await tab.AxeViolations()).Select(line => $"{name}, dark: {line}")
            );
            violations.AddRange(await WiderThanTheScreen(tab, name));
            await Picture(tab, $"{name}-phone");
            await tab.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
            await tab.Page.SetViewportSizeAsync(1280, 900);
        }
        await HostIsDrawnAsItIs(tab, live);
        await WhatWasSeenIsStillThere(tab, live);
        output.WriteLine(string.Join('\n', tab.Complaints));
        Assert.Empty(violations);
        Assert.Empty(tab.Complaints);
        Assert.All(
            tab.Requested,
            url => Assert.StartsWith(live.Address, url, StringComparison.Ordinal)
        );
    }

    /// <summary>Every pCPU, vCPU and page of the host, and its pending timers, are in the drawing.</summary>
    private static async Task HostIsDrawnAsItIs(Tab tab, LiveConsole live)
    {
        await tab.Page.GotoAsync($"{live.Address}/#/host/h3");
        await tab.Page.WaitForSelectorAsync("svg.host >> text=kthread");
        int[] drawn = await tab.Page.EvaluateAsync<int[]>(
            "() => ['rect.pcpu', 'text.vcpu', 'rect.page', 'circle'].map(what => document.querySelectorAll(`svg.host ${what}`).length)"
        );
        JsonNode host = (await live.Get("/api/hosts/h3"))["content"]!;
        int pages = host["kthread"]!["pages"]!.AsArray().Count(page => (bool)page!["enabled"]!);
        Assert.Equal(host["pcpus"]!.AsArray().Count, drawn[0]);
        Assert.Equal(host["vcpus"]!.AsArray().Count + pages, drawn[1]);
        Assert.Equal(pages, drawn[2]);
        Assert.True(pages > 0 && drawn[3] > 0, string.Join(' ', drawn));
    }

    /// <summary>Lateness along virtual time has more samples than this page's own few.</summary>
    private static async Task WhatWasSeenIsStillThere(Tab tab, LiveConsole live)
    {
        await tab.Page.GotoAsync($"{live.Address}/#/machine");
        await tab.Page.WaitForSelectorAsync("svg.timeline polyline.p99");
        int points = await tab.Page.EvaluateAsync<int>(
            "() => document.querySelector('polyline.p99').points.length"
        );
        Assert.True(points > 5, $"{points} samples");
    }

    /// <summary>What makes the page wider than a phone; none.</summary>
    private static Task<string[]> WiderThanTheScreen(Tab tab, string name) =>
        tab.Page.EvaluateAsync<string[]>(
            """
            name => document.documentElement.scrollWidth <= 360 ? [] :
              [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > 361 && !e.closest(".scroll"))
                .slice(0, 3).map(e => `${name}: wider than 360 px: ${e.outerHTML.slice(0, 100)}`)
                .concat([`${name}: ${document.documentElement.scrollWidth} px wide`])
            """,
            name
        );

    private static async Task Picture(Tab tab, string name)
    {
        if (Pictures is not null)
        {
            await tab.Page.ScreenshotAsync(
                new PageScreenshotOptions
                {
                    Path = Path.Combine(Pictures, $"{name}.png"),
                    // A phone's page is as long as it is; the others are pictures of a screen.
                    FullPage = name.EndsWith("-phone", StringComparison.Ordinal),
                }
            );
        }
    }

    /// <summary>What it measures is written down, not judged: a loaded machine would fail it.</summary>
    [Fact]
    public async Task First_page_of_a_run_is_painted_and_filled()
    {
        await using LiveConsole live = await LiveConsole.Start(duration: "20s");
        await live.Until(seen => (long?)seen["run"]?["reached_ns"] > 0, "virtual time");
        await live.SlowDown();
        await using Tab tab = await chromium.Open($"{live.Address}/#/machine");
        await tab.Page.WaitForSelectorAsync("table >> text=h7");
        double[] times = await tab.Page.EvaluateAsync<double[]>(
            "() => [performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.getEntriesByName('first-sample')[0].startTime]"
        );
        Assert.True(times[0] > 0 && times[1] >= times[0]);
        output.WriteLine(
            $"first paint after {times[0]:0} ms, first live data after {times[1]:0} ms"
        );
    }

    [Fact]
    public async Task Page_of_a_thousand_hosts_shows_them_and_goes_on_updating()
    {
        FakeCluster cluster = new()
        {
            MoreHosts = 1_000,
            Phase = Sharding.Clients.RunPhase.Running,
        };
        await using OneConsole console = await OneConsole.Of(cluster);
        await using Tab tab = await chromium.Open($"{console.Server.Address}/#/machine");
        await tab.Page.WaitForSelectorAsync("text=150 of 1002 shown");
        await tab.Page.EvaluateAsync(
            "() => { window.long = []; new PerformanceObserver(list => list.getEntries().forEach(entry => window.long.push(entry.duration))).observe({ type: 'longtask' }); }"
        );
        long before = (await console.Get("/api/machine")).Sample;
        await tab.Page.FillAsync("input.filter", "h777");
        await tab.Page.WaitForSelectorAsync("table >> text=h777");
        await tab.Page.FillAsync("input.filter", "");
        for (int beat = 0; beat < 20; beat++)
        {
            cluster.At += Model.Time.VirtualDuration.FromMilliseconds(1);
            await Task.Delay(250);
        }
        (long after, int bytes) = await console.Get("/api/machine");
        double[] longTasks = await tab.Page.EvaluateAsync<double[]>("() => window.long");
        Assert.True(after > before + 10, $"{before} to {after}");
        Assert.Empty(tab.Complaints);
        output.WriteLine(
            $"{after - before} samples of {bytes} bytes; tasks longer than 50 ms: {string.Join(' ', longTasks.Select(task => $"{task:0} ms"))}"
        );
    }
}
