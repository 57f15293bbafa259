using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.ActorTime.Exploring;
using PvTimer.ActorTime.Moving;
using PvTimer.Model.Costs;
using PvTimer.Model.Time;
using PvTimer.Scenarios;
using PvTimer.TestKit.Faults;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using PvTimer.TestKit.Properties;

namespace PvTimer.TestKit.Exploring;

/// <summary>
/// What may come in another order than usual, as far as hardware allows it: how long cache lines and
/// interrupts travel, and between which events of the machine a script acts.
/// </summary>
/// <param name="chooser">Makes the choices of this schedule.</param>
/// <param name="window">How much longer an interrupt may travel.</param>
/// <param name="reached">What the schedules are to reach together.</param>
internal sealed class Races(Chooser chooser, VirtualDuration window, Reached reached)
{
    /// <summary>What makes the choices.</summary>
    public Chooser Chooser => chooser;

    /// <summary>What the schedules are to reach together.</summary>
    public Reached Reached { get; } = reached;

    private static readonly (string What, Func<VirtualDuration, VirtualDuration> Of)[] Lines =
    [
        ("as usual", line => line),
        ("1 ns", _ => VirtualDuration.Smallest),
        ("four times as long", line => line * 4),
    ];

    /// <summary>An exchange holds its CPU until the line is there: a slow line is slow for both sides.</summary>
    public Scenario WithLines(Scenario scenario)
    {
        int option = Math.Min(chooser.Next, Lines.Length - 1);
        chooser.Took(
            option,
            option < Lines.Length - 1,
            $"cache lines travel: {Lines[option].What}"
        );
        CostProfile With(CostProfile costs) =>
            costs with
            {
                LineTransferSameSocket = Lines[option].Of(costs.LineTransferSameSocket),
                LineTransferCrossSocket = Lines[option].Of(costs.LineTransferCrossSocket),
            };

        return scenario with
        {
            Host = scenario.Host with { Costs = With(scenario.Host.Costs) },
            OtherHosts =
            [
                .. scenario.OtherHosts.Select(host => host with { Costs = With(host.Costs) }),
            ],
        };
    }

    /// <summary>Interrupts on their way may take longer, by half of the window or all of it.</summary>
    public ImmutableArray<VirtualDuration>? Delay(in Transit transit, ScriptedMachine machine)
    {
        bool mayDiffer = window > VirtualDuration.Zero;
        if (!mayDiffer || !InjectedFaults.IsReorderable(transit.Message.GetType()))
        {
            return null;
        }
        int option = Math.Min(chooser.Next, 2);
        VirtualDuration later = VirtualDuration.FromNanoseconds(window.Nanoseconds * option / 2);
        chooser.Took(
            option,
            option < 2,
            $"{transit.Message.GetType().Name} from {machine.NameOf(transit.Source)} to {machine.NameOf(transit.Target)}, "
                + $"sent at {EventTable.TimeText(transit.At)}, takes {later} longer"
        );
        return [transit.Latency + later];
    }

    /// <summary>Some instant of a span, on a grid.</summary>
    public void AdvanceInto(
        ScriptedMachine machine,
        Advance advance,
        VirtualTime to,
        VirtualDuration every
    )
    {
        long last = ((to - machine.Now).Nanoseconds - 1) / every.Nanoseconds;
        int option = (int)Math.Min(chooser.Next, last);
        advance.RunBefore((machine.Now + (every * option)).Nanoseconds);
        chooser.Took(
            option,
            option < last,
            $"the script acts at {EventTable.TimeText(machine.Now)}"
        );
    }

    /// <summary>
    /// Some instant of a span: at its beginning (the usual one), or at or just behind each instant in which
    /// something happens.
    /// </summary>
    public void AdvanceInto(ScriptedMachine machine, Advance advance, VirtualTime to)
    {
        int wanted = chooser.Next;
        int slot = 0;
        while (slot < wanted && machine.NextTime < to)
        {
            // Odd slots are the very instant of an event, even ones the nanosecond behind it.
            VirtualTime instant = machine.NextTime;
            slot++;
            advance.RunBefore(VirtualTime.Max(instant, machine.Now).Nanoseconds);
            if (slot < wanted)
            {
                slot++;
                advance.RunBefore((instant + VirtualDuration.Smallest).Nanoseconds);
            }
        }
        chooser.Took(
            slot,
            machine.NextTime < to,
            $"the script acts at {EventTable.TimeText(machine.Now)}"
        );
    }
}
