using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Scenarios;
using PvTimer.TestKit.Machines;

namespace PvTimer.TestKit.Properties;

/// <summary>A script that is no smaller, but simpler: usual values, fewer flaws, shorter and rounder times.</summary>
internal static class SimplerScripts
{
    private static readonly HostOptions Usual = new();

    private static readonly ImmutableArray<VirtualDuration> Grids =
    [
        VirtualDuration.FromMilliseconds(1),
        VirtualDuration.FromMicroseconds(100),
        VirtualDuration.FromMicroseconds(10),
        VirtualDuration.FromMicroseconds(1),
    ];

    /// <summary>One step down. Each is as valid as the script is.</summary>
    public static IEnumerable<Scenario> Of(Scenario scenario) =>
        UsualScripts
            .Of(scenario)
            .Concat(WithSimplerPvTimer(scenario))
            .Concat(WithSimplerInstructions(scenario))
            .Concat(DrawnTogether(scenario))
            .Concat(WithRounderTimes(scenario))
            .Concat(WithShorterSpans(scenario));

    /// <summary>Event by event less time passes before it, and before all that follow.</summary>
    public static IEnumerable<Scenario> DrawnTogether(Scenario scenario)
    {
        VirtualDuration before = VirtualDuration.Zero;
        for (int index = 0; index < scenario.Events.Length; index++)
        {
            VirtualDuration gap = scenario.Events[index].At - before;
            foreach (VirtualDuration shorter in Grids.Where(grid => grid < gap))
            {
                yield return Shifted(scenario, index, shorter - gap);
            }
            before = scenario.Events[index].At;
        }
    }

    private static IEnumerable<Scenario> WithSimplerPvTimer(Scenario scenario)
    {
        PvTimerParameters pvTimer = scenario.PvTimer;
        return Flaws
            .WithoutOneOf(pvTimer.Flaws)
            .Prepend(PvTimerFlaws.None)
            .Select(fewer => pvTimer with { Flaws = fewer })
            .Append(pvTimer with { Variant = Usual.PvTimer.Variant })
            .Append(pvTimer with { WeakExchange = Usual.PvTimer.WeakExchange })
            .Append(pvTimer with { ScanPeriod = Usual.PvTimer.ScanPeriod })
            .Append(pvTimer with { PaddingCycles = Usual.PvTimer.PaddingCycles })
            .Where(simpler => simpler != pvTimer)
            .Select(simpler => scenario with { PvTimer = simpler });
    }

    /// <summary>A deadline through the page rather than anything else.</summary>
    private static IEnumerable<Scenario> WithSimplerInstructions(Scenario scenario)
    {
        foreach (CommandSettings command in scenario.Events.OfType<CommandSettings>())
        {
            for (int index = 0; index < command.Instructions.Length; index++)
            {
                GuestInstruction instruction = command.Instructions[index];
                if (instruction.Kind == GuestInstructionKind.WriteDeadline)
                {
                    yield return With(
                        scenario,
                        command,
                        index,
                        GuestInstruction.Program(instruction.Span)
                    );
                }
            }
        }
    }

    /// <summary>Each event at a rounder time, but not before the one before it.</summary>
    private static IEnumerable<Scenario> WithRounderTimes(Scenario scenario)
    {
        VirtualDuration before = VirtualDuration.Zero;
        for (int index = 0; index < scenario.Events.Length; index++)
        {
            EventSettings happening = scenario.Events[index];
            foreach (VirtualDuration grid in Grids)
            {
                VirtualDuration rounder = Round(happening.At, grid);
                if (rounder < happening.At && rounder >= before)
                {
                    yield return scenario with
                    {
                        Events = scenario.Events.SetItem(index, happening with { At = rounder }),
                    };
                }
            }
            before = happening.At;
        }
    }

    private static IEnumerable<Scenario> WithShorterSpans(Scenario scenario) =>
        WithShorterInstructions(scenario).Concat(WithShorterEvents(scenario));

    /// <summary>Stalls and pauses.</summary>
    private static IEnumerable<Scenario> WithShorterEvents(Scenario scenario)
    {
        foreach (EventSettings happening in scenario.Events)
        {
            IEnumerable<EventSettings> shorter = happening switch
            {
                StallSettings stall => Shorter(stall.Length)
                    .Select(length => stall with { Length = length }),
                PauseSettings pause => Shorter(pause.Length)
                    .Select(length => pause with { Length = length }),
                _ => [],
            };
            foreach (EventSettings instead in shorter)
            {
                yield return scenario with
                {
                    Events = scenario.Events.Replace(
                        happening,
                        instead,
                        ReferenceEqualityComparer.Instance
                    ),
                };
            }
        }
    }

    private static IEnumerable<VirtualDuration> Shorter(VirtualDuration span) =>
        Grids
            .Concat(Grids.Select(grid => Round(span, grid)))
            .Where(shorter => shorter > VirtualDuration.Zero && shorter < span)
            .Distinct();

    private static IEnumerable<Scenario> WithShorterInstructions(Scenario scenario)
    {
        foreach (CommandSettings command in scenario.Events.OfType<CommandSettings>())
        {
            for (int index = 0; index < command.Instructions.Length; index++)
            {
                GuestInstruction instruction = command.Instructions[index];
                foreach (VirtualDuration shorter in Shorter(instruction.Span))
                {
                    yield return With(scenario, command, index, instruction.WithSpan(shorter));
                }
            }
        }
    }

    /// <summary>All events from one of them on happen earlier, and the run ends earlier.</summary>
    private static Scenario Shifted(Scenario scenario, int from, VirtualDuration by) =>
        scenario with
        {
            Duration = scenario.Duration + by,
            Events =
            [
                .. scenario.Events.Take(from),
                .. scenario.Events.Skip(from).Select(each => each with { At = each.At + by }),
            ],
        };

    private static VirtualDuration Round(VirtualDuration span, VirtualDuration grid) =>
        VirtualDuration.FromNanoseconds(span.Nanoseconds / grid.Nanoseconds * grid.Nanoseconds);

    private static Scenario With(
        Scenario scenario,
        CommandSettings command,
        int index,
        GuestInstruction instruction
    ) =>
        scenario with
        {
            Events = scenario.Events.Replace(
                command,
                command with
                {
                    Instructions = command.Instructions.SetItem(index, instruction),
                },
                ReferenceEqualityComparer.Instance
            ),
        };
}
