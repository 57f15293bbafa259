using System;
using Akka.Actor;
using Akka.Configuration;
using PvTimer.Actors.Entities;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

/// <summary>How the actors of a run are set up. The result of the run does not depend on it.</summary>
/// <param name="PropsOf">
/// Which actor an entity gets, without a dispatcher; <see cref="EntityProps.Of"/> by default. A test gives
/// an actor of its own instead of an entity's, to see what reaches it.
/// </param>
/// <param name="Config">Akka configuration that goes before the engine's own; null: none.</param>
public sealed record ActorOptions(Func<IEntity, Props>? PropsOf = null, Config? Config = null)
{
    /// <summary>What every actor system needs that runs a machine: the mailboxes of its actors.</summary>
    public static Config Mailboxes { get; } =
        ConfigurationFactory.ParseString(
            """
            pvtimer.sparse-mailbox.mailbox-type = "PvTimer.Actors.Dispatch.SparseMailbox, PvTimer.Actors"
            """
        );

    /// <summary>What it needs where the rest of the system lives on the wall's clock: real and virtual time side by side.</summary>
    public static Config HybridTime { get; } =
        ConfigurationFactory
            .ParseString(
                """
                akka.scheduler.implementation = "PvTimer.Actors.Dispatch.HybridScheduler, PvTimer.Actors"
                """
            )
            .WithFallback(Mailboxes);

    /// <summary>
    /// The configuration of an actor system that exists for one run. Failures are reported as exceptions, so
    /// Akka itself stays silent.
    /// </summary>
    public static Config Embedded { get; } =
        ConfigurationFactory
            .ParseString(
                """
                akka {
                  loglevel = OFF
                  stdout-loglevel = OFF
                  log-dead-letters = off
                  log-dead-letters-during-shutdown = off
                  coordinated-shutdown.exit-clr = off
                  coordinated-shutdown.run-by-clr-shutdown-hook = off
                }
                """
            )
            .WithFallback(HybridTime);
}
