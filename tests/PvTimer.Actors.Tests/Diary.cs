using System;
using System.Collections.Generic;
using System.Globalization;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;
using PvTimer.Model.Time;

namespace PvTimer.Actors.Tests;

/// <summary>What actors of one region saw, and when in virtual time.</summary>
public sealed class Diary
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>"time text"; only during an event.</summary>
    public void Note(string text) =>
        _lines.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{RegionDriver.Current!.Now.Nanoseconds} {text}"
            )
        );

    /// <summary>
    /// Runs one entity for 2 ms in one region, with the given actor instead of its own. Scripted notes reach
    /// the actor at the given times [ns].
    /// </summary>
    public static void Run(Func<Props> propsOf, params (long At, string Text)[] script) =>
        ActorEngine.Run(
            new LambdaMachine(2_000_000, (_, _, _) => { })
            {
                Script =
                [
                    .. Array.ConvertAll(
                        script,
                        line => new ScriptedMessage(
                            VirtualTime.FromNanoseconds(line.At),
                            new EntityId(0),
                            new LambdaMachine.Note(line.Text)
                        )
                    ),
                ],
            },
            new(),
            new ActorOptions(_ => propsOf())
        );

    /// <summary>An actor below an entity's actor, in the same region.</summary>
    public static Props InVirtualTime(Props props) =>
        props.WithDispatcher(VirtualTimeDispatcher.IdOf("pvtimer", 0));
}
