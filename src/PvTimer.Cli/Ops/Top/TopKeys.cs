using System;
using System.Collections.Immutable;
using PvTimer.OpsConsole.Orders;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;

namespace PvTimer.Cli.Ops.Top;

/// <summary>What each key does: another state, and perhaps a wish.</summary>
internal static class TopKeys
{
    private const int Page = 10;

    /// <param name="state">Before.</param>
    /// <param name="key">What was pressed.</param>
    /// <param name="sample">The last one; null: none has come.</param>
    public static (TopState State, TopWish? Wish) Press(
        TopState state,
        ConsoleKeyInfo key,
        Sample? sample
    ) =>
        state.Mode switch
        {
            TopMode.Browse => Browse(state with { Said = null }, key, sample),
            TopMode.Help => (state with { Mode = TopMode.Browse }, null),
            _ => Type(state, key),
        };

    private static (TopState, TopWish?) Browse(TopState state, ConsoleKeyInfo key, Sample? sample)
    {
        switch (key.Key)
        {
            case ConsoleKey.UpArrow:
                return (Move(state, sample, -1), null);
            case ConsoleKey.DownArrow:
                return (Move(state, sample, 1), null);
            case ConsoleKey.PageUp:
                return (Move(state, sample, -Page), null);
            case ConsoleKey.PageDown:
                return (Move(state, sample, Page), null);
            case ConsoleKey.Home:
                return (Move(state, sample, -int.MaxValue), null);
            case ConsoleKey.End:
                return (Move(state, sample, int.MaxValue), null);
            case ConsoleKey.Enter:
                return (Open(state, sample), null);
            case ConsoleKey.Escape or ConsoleKey.Backspace when state.Filter.Length > 0:
                return (state with { Filter = "" }, null);
            case ConsoleKey.Escape or ConsoleKey.Backspace:
                return (state.Return(), null);
            default:
                return BrowseBy(state, key.KeyChar, sample);
        }
    }

    private static (TopState, TopWish?) BrowseBy(TopState state, char key, Sample? sample)
    {
        int columns = sample is null ? 1 : TopPages.TableOf(state.View, sample).Columns.Length;
        return key switch
        {
            '1' or 'c' => (state.Go(new View(ViewKind.Cluster)), null),
            '2' or 'm' => (state.Go(new View(ViewKind.Machine)), null),
            '3' or 't' => (state.Go(new View(ViewKind.Timers)), null),
            'j' => (Move(state, sample, 1), null),
            'k' => (Move(state, sample, -1), null),
            's' => (state with { Sort = (state.Sort + 1) % columns }, null),
            'S' => (state with { Sort = (Math.Max(0, state.Sort) + columns - 1) % columns }, null),
            'v' => (state with { Descending = !state.Descending }, null),
            '/' => (state with { Mode = TopMode.Filter, Input = state.Filter }, null),
            ':' => (state with { Mode = TopMode.Order, Input = "" }, null),
            '?' => (state with { Mode = TopMode.Help }, null),
            '.' => (state, new TopWish.Plan(new OrderRequest(OrderVerb.Step))),
            '+' => (state, new TopWish.Plan(new OrderRequest(OrderVerb.Checkpoint))),
            'p' => (state, new TopWish.Plan(new OrderRequest(PauseOrResume(sample)))),
            'q' => (state, new TopWish.Quit()),
            _ => (state, null),
        };
    }

    private static OrderVerb PauseOrResume(Sample? sample) =>
        sample?.Cluster.Run?.Phase == RunPhase.Held ? OrderVerb.Resume : OrderVerb.Pause;

    private static TopState Move(TopState state, Sample? sample, int by)
    {
        if (sample is null)
        {
            return state;
        }
        ImmutableArray<TopRow> shown = TopPages.TableOf(state.View, sample).Shown(state);
        if (shown.IsEmpty)
        {
            return state;
        }
        long at = (long)TopTable.MarkOf(state, shown) + by;
        return state with { Marked = shown[(int)Math.Clamp(at, 0, shown.Length - 1)].Key };
    }

    private static TopState Open(TopState state, Sample? sample)
    {
        if (sample is null)
        {
            return state;
        }
        ImmutableArray<TopRow> shown = TopPages.TableOf(state.View, sample).Shown(state);
        View? opens = shown.IsEmpty ? null : shown[TopTable.MarkOf(state, shown)].Opens;
        return opens is null ? state : state.Go(opens);
    }

    private static (TopState, TopWish?) Type(TopState state, ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.Escape:
                return (
                    state with
                    {
                        Mode = TopMode.Browse,
                        Input = "",
                        Draft = null,
                        Plan = null,
                        Filter = state.Mode == TopMode.Filter ? "" : state.Filter,
                    },
                    null
                );
            case ConsoleKey.Enter:
                return Finish(state);
            case ConsoleKey.Backspace:
                return (Typed(state, state.Input[..Math.Max(0, state.Input.Length - 1)]), null);
            default:
                return char.IsControl(key.KeyChar)
                    ? (state, null)
                    : (Typed(state, state.Input + key.KeyChar), null);
        }
    }

    private static TopState Typed(TopState state, string input) =>
        state with
        {
            Input = input,
            Filter = state.Mode == TopMode.Filter ? input : state.Filter,
        };

    private static (TopState, TopWish?) Finish(TopState state)
    {
        TopState browsing = state with { Mode = TopMode.Browse, Input = "" };
        switch (state.Mode)
        {
            case TopMode.Order:
                return OrderIn(state.Input) is { } order
                    ? (browsing, new TopWish.Plan(order))
                    : (
                        browsing with
                        {
                            Said = new TopLine(
                                $"'{state.Input}'; accepted: a verb and what it is about, see ?",
                                TopTone.Bad
                            ),
                        },
                        null
                    );
            case TopMode.Confirm when state is { Draft: { } draft, Plan: { Possible: true } plan }:
                return (
                    browsing with
                    {
                        Draft = null,
                        Plan = null,
                        Reason = state.Input,
                    },
                    new TopWish.Carry(
                        draft with
                        {
                            By = Environment.UserName,
                            Reason = state.Input,
                            Confirm = plan.Confirm,
                        }
                    )
                );
            case TopMode.Confirm:
                return (browsing with { Draft = null, Plan = null }, null);
            default:
                return (browsing, null);
        }
    }

    /// <summary>"move h0 node-3", "travel 5ms", "resume-from runs/x-1"; null: it is no order.</summary>
    internal static OrderRequest? OrderIn(string text)
    {
        string[] words = text.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        string name = words[0].Replace("-", "", StringComparison.Ordinal);
        if (
            !Enum.TryParse(name, ignoreCase: true, out OrderVerb verb)
            || !char.IsLetter(text.Trim()[0])
        )
        {
            return null;
        }
        string? rest = words.Length > 1 && words[1].Length > 0 ? words[1] : null;
        return verb switch
        {
            OrderVerb.Move => new OrderRequest(verb, First(rest), Second(rest)),
            OrderVerb.Start => new OrderRequest(verb, First(rest), Second(rest)),
            OrderVerb.Drain or OrderVerb.Leave or OrderVerb.Down or OrderVerb.Kill =>
                new OrderRequest(verb, rest),
            OrderVerb.Inject or OrderVerb.ResumeFrom => new OrderRequest(verb, rest),
            _ => new OrderRequest(verb, null, rest),
        };
    }

    private static string? First(string? text) => text?.Split(' ')[0];

    private static string? Second(string? text) =>
        text?.Split(' ', 2, StringSplitOptions.TrimEntries) is [_, { Length: > 0 } second]
            ? second
            : null;
}
