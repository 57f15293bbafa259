using System;
using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using Spectre.Console;

namespace PvTimer.Cli.Ops.Top;

/// <summary>Keys in, screens out, until somebody leaves; the terminal is left as it was found.</summary>
/// <param name="sampler">What is shown.</param>
/// <param name="desk">Where orders go.</param>
/// <param name="token">Shown with them.</param>
internal sealed class TopLoop(Sampler sampler, OrderDesk desk, string token)
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    private TopState _state = new();
    private ImmutableArray<TopLine> _drawn = [];
    private (int Width, int Height) _size;

    /// <param name="first">Where it begins.</param>
    /// <param name="stop">Ends it.</param>
    public async Task Run(View first, CancellationToken stop)
    {
        _state = _state with { View = first };
        IAnsiConsole console = AnsiConsole.Console;
        using Screen screen = new();
        bool goesOn = true;
        while (goesOn && !stop.IsCancellationRequested)
        {
            View looked = _state.View;
            using Viewer viewer = sampler.Watch(looked);
            Task<Sample> next = viewer.Next(stop);
            Draw(console);
            while (goesOn && _state.View == looked && !stop.IsCancellationRequested)
            {
                await Task.WhenAny(next, Task.Delay(Beat, stop)).ConfigureAwait(false);
                if (next.IsCompleted)
                {
                    // Whatever went wrong stands in the sampler's trouble.
                    _ = next.Exception;
                    next = viewer.Next(stop);
                }
                while (goesOn && System.Console.KeyAvailable)
                {
                    goesOn = await Press(System.Console.ReadKey(intercept: true))
                        .ConfigureAwait(false);
                }
                Draw(console);
            }
        }
    }

    private async Task<bool> Press(ConsoleKeyInfo key)
    {
        (_state, TopWish? wish) = TopKeys.Press(_state, key, sampler.Last);
        switch (wish)
        {
            case TopWish.Quit:
                return false;
            case TopWish.Plan wanted:
                await Plan(wanted.Order).ConfigureAwait(false);
                break;
            case TopWish.Carry order:
                OrderAnswer answer = await desk.Do(order.Order, token, "terminal")
                    .ConfigureAwait(false);
                _state = _state with { Said = LineOf(answer) };
                break;
            default:
                break;
        }
        return true;
    }

    private async Task Plan(OrderRequest order)
    {
        if (desk.TurnAway(token, "terminal") is { } refusal)
        {
            _state = _state with { Said = LineOf(refusal) };
            return;
        }
        try
        {
            OrderPlan plan = await desk.PlanOf(order).ConfigureAwait(false);
            _state = _state with
            {
                Mode = TopMode.Confirm,
                Draft = order,
                Plan = plan,
                Input = _state.Reason,
            };
        }
        catch (ClusterUnreachableException e)
        {
            _state = _state with { Said = new TopLine(e.Message, TopTone.Bad) };
        }
    }

    private static TopLine LineOf(OrderAnswer answer) =>
        new(answer.What, answer.Outcome == OrderOutcome.Done ? TopTone.Good : TopTone.Bad);

    private void Draw(IAnsiConsole console)
    {
        (int width, int height) = (console.Profile.Width, console.Profile.Height);
        ImmutableArray<TopLine> lines = TopScreen.Draw(
            sampler.Last,
            sampler.Trouble,
            _state,
            DateTimeOffset.UtcNow,
            width,
            height
        );
        if (_size != (width, height))
        {
            (_size, _drawn) = ((width, height), []);
        }
        for (int row = 0; row < lines.Length; row++)
        {
            // Over a slow line only what has changed is worth its bytes.
            if (row < _drawn.Length && _drawn[row] == lines[row])
            {
                continue;
            }
            console.Cursor.SetPosition(1, row + 1);
            console.Write(new Text(lines[row].Text.PadRight(width), StyleOf(lines[row].Tone)));
        }
        _drawn = lines;
    }

    private static Style StyleOf(TopTone tone) =>
        tone switch
        {
            TopTone.Dim => new Style(decoration: Decoration.Dim),
            TopTone.Heading => new Style(decoration: Decoration.Bold),
            TopTone.Marked => new Style(decoration: Decoration.Invert),
            TopTone.Good => new Style(Color.Green),
            TopTone.Bad => new Style(Color.Red),
            _ => Style.Plain,
        };

    /// <summary>The alternate screen, without a cursor; what was there before comes back.</summary>
    private sealed class Screen : IDisposable
    {
        private const string Enter = "\u001b[?1049h\u001b[?25l";
        private const string Leave = "\u001b[?25h\u001b[?1049l";

        public Screen() => System.Console.Out.Write(Enter);

        public void Dispose() => System.Console.Out.Write(Leave);
    }
}
