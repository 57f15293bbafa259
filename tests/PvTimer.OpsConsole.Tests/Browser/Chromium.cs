using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Microsoft.Playwright;

namespace PvTimer.OpsConsole.Tests.Browser;

/// <summary>The real Chromium of this machine, for all browser tests together.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Executable = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Executable,
                Headless = true,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            }
        );
    }

    /// <summary>A page in a window of its own; what its console says is kept.</summary>
    public async Task<Tab> Open(string address)
    {
        IBrowserContext context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = 1280, Height = 900 },
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        Tab tab = new(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(address);
        return tab;
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
        _playwright?.Dispose();
    }
}

/// <summary>One tab of the browser.</summary>
public sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];
    private readonly List<string> _requested = [];

    public Tab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Add($"{message.Type}: {message.Text}");
            }
        };
        page.PageError += (_, error) => _complaints.Add($"exception: {error}");
        page.Request += (_, request) => _requested.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the page's console, exceptions included.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Every address that the page has asked for.</summary>
    public IReadOnlyList<string> Requested => _requested;

    /// <summary>What somebody who cannot see or point finds wrong, as axe does; an empty list.</summary>
    public async Task<string[]> AxeViolations()
    {
        await using System.IO.Stream stream = typeof(Tab).Assembly.GetManifestResourceStream(
            "axe.min.js"
        )!;
        using System.IO.StreamReader reader = new(stream);
        // Past the page's own Content-Security-Policy, as a debugger goes.
        await Page.EvaluateAsync(await reader.ReadToEndAsync());
        return await Page.EvaluateAsync<string[]>(
            "async () => (await axe.run(document)).violations.map(v => `${v.id}: ${v.help} ${v.nodes.map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120)).slice(0, 3).join(' | ')}`)"
        );
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
