using System;
using System.Runtime.ExceptionServices;
using Akka.Actor;
using PvTimer.Actors.Entities;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

/// <summary>
/// One run of a machine in an actor system of its own: built with all actors started and virtual time at
/// zero, executed once, disposed of.
/// </summary>
/// <remarks>
/// <code>
///   /user/region-0, region-1 ...        a thread each, default dispatcher
///   /user/h0/pcpu-0, h0/timer-kthread, h0/web-0.vcpu-0 ...     on their regions' virtual-time dispatchers
/// </code>
/// </remarks>
public sealed class ActorRun : IDisposable
{
    private const string Scope = "pvtimer";

    private readonly IMachine _machine;
    private readonly Action<Func<Resumption>>? _atEnd;
    private readonly Partition _partition;
    private readonly LocalRegions _regions;
    private readonly IActorRef[] _actors;

    /// <param name="machine">Runs once: its entities keep the state that the run leaves behind.</param>
    /// <param name="options">Each region gets a thread of its own.</param>
    /// <param name="actorOptions">How its actors are set up.</param>
    /// <param name="from">What to go on from; null: the run begins at time zero.</param>
    public ActorRun(
        IMachine machine,
        RunOptions options,
        ActorOptions actorOptions,
        Resumption? from = null
    )
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(actorOptions);
        _machine = machine;
        _atEnd = options.AtEnd;
        _partition = Partition.IntoBlocks(machine, options.Regions);
        System = ActorSystem.Create(
            "pvtimer",
            actorOptions.Config is { } first
                ? first.WithFallback(ActorOptions.Embedded)
                : ActorOptions.Embedded
        );
        try
        {
            var batches = new Batches(_partition.Regions, _partition.Regions);
            _regions = new LocalRegions(
                System,
                new RegionSetup(
                    Scope,
                    System,
                    machine,
                    _partition,
                    First: 0,
                    _partition.Regions,
                    batches.LinkOf,
                    batches.Break
                )
                {
                    Continue = options.Continue,
                    From = from,
                    KeepsMessages = actorOptions.PropsOf is not null,
                }
            );
            _actors = HostTrees
                .Start(
                    System,
                    machine,
                    _regions.DispatcherOf,
                    actorOptions.PropsOf ?? EntityProps.Of
                )
                .GetAwaiter()
                .GetResult();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The run's own actor system; alive until the run is disposed of.</summary>
    public ActorSystem System { get; }

    /// <summary>Runs the machine to its end, once.</summary>
    /// <exception cref="RunFailedException">
    /// An entity's actor failed, or an invariant does not hold: of all failures the earliest in the order of
    /// events, which is the one the sequential engine reports.
    /// </exception>
    public RunOutcome Execute()
    {
        Exception? crash = _regions.Run(_actors).GetAwaiter().GetResult();
        if (_regions.EarliestFailure() is { Failure: { } failure })
        {
            throw failure;
        }
        if (crash is not null)
        {
            ExceptionDispatchInfo.Throw(crash);
        }
        Region first = _regions.Regions[0];
        _atEnd?.Invoke(() =>
            SequentialEngine.Freeze(_machine, _partition, _regions.Kernels, first.Reached)
        );
        return SequentialEngine.OutcomeOf(_machine, _partition, _regions.Kernels.AsSpan(), first);
    }

    public void Dispose() => System.Terminate().GetAwaiter().GetResult();
}
