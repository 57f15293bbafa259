using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks;
using Akka.Actor;
using Akka.Configuration;
using PvTimer.Actors.Dispatch;
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
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);

    private readonly IMachine _machine;
    private readonly Partition _partition;
    private readonly Kernel[] _kernels;
    private readonly Region[] _regions;
    private readonly IActorRef[] _regionActors;
    private readonly IActorRef[] _actors;

    public ActorRun(IMachine machine, RunOptions options, ActorOptions actorOptions)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(actorOptions);
        _machine = machine;
        _partition = Partition.IntoBlocks(machine, options.Regions);
        _kernels = new Kernel[_partition.Regions];
        _regions = new Region[_partition.Regions];
        _regionActors = new IActorRef[_partition.Regions];
        Config config = ActorOptions.ConfigFor(_partition.Regions);
        System = ActorSystem.Create(
            "pvtimer",
            actorOptions.Config is { } first ? first.WithFallback(config) : config
        );
        try
        {
            StartRegions(options);
            _actors = StartEntities(actorOptions.PropsOf ?? EntityProps.Of);
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
        Task<RegionActor.Ended>[] ends = Array.ConvertAll(
            _regionActors,
            region => region.Ask<RegionActor.Ended>(new RegionActor.Run(_actors))
        );
        RegionActor.Ended[] ended = Task.WhenAll(ends).GetAwaiter().GetResult();
        int failed = -1;
        for (int region = 0; region < _regions.Length; region++)
        {
            bool isEarlier =
                _regions[region].Failure is not null
                && (failed < 0 || _kernels[region].CurrentKey < _kernels[failed].CurrentKey);
            failed = isEarlier ? region : failed;
        }
        if (failed >= 0)
        {
            throw _regions[failed].Failure!;
        }
        Exception[] crashes = [.. ended.Select(end => end.Crash).OfType<Exception>()];
        if (crashes.Length > 0)
        {
            Exception first =
                Array.Find(crashes, crash => crash is not PeerGoneException) ?? crashes[0];
            ExceptionDispatchInfo.Throw(first);
        }
        return SequentialEngine.OutcomeOf(_machine, _partition, _kernels, _regions[0]);
    }

    public void Dispose() => System.Terminate().GetAwaiter().GetResult();

    private void StartRegions(RunOptions options)
    {
        Lookahead lookahead = Lookahead.Of(_machine, _partition);
        var batches = new LocalBatches(_partition.Regions);
        for (int index = 0; index < _partition.Regions; index++)
        {
            string dispatcher = VirtualTimeDispatcher.IdOf(index);
            RegionDriver driver = (
                (VirtualTimeDispatcher)System.Dispatchers.Lookup(dispatcher)
            ).Driver;
            IBatchLink link = batches.LinkOf(index);
            var kernel = new Kernel(_machine, _partition, index, link, driver);
            var region = new Region(
                kernel,
                _partition,
                lookahead,
                _machine.End,
                link,
                options.Continue
            );
            driver.Prepare(_machine, kernel);
            _kernels[index] = kernel;
            _regions[index] = region;
            _regionActors[index] = System.ActorOf(
                Props.Create(() => new RegionActor(driver, region, batches.Break)),
                string.Create(CultureInfo.InvariantCulture, $"region-{index}")
            );
        }
    }

    private IActorRef[] StartEntities(Func<IEntity, Props> propsOf)
    {
        var started = new List<(ImmutableArray<IEntity>, Task<HostActor.EntitiesStarted>)>();
        foreach (
            IGrouping<int, IEntity> host in _machine
                .Entities.GroupBy(entity => _machine.HostOf(entity.Id))
                .OrderBy(host => host.Key)
        )
        {
            ImmutableArray<IEntity> entities = [.. host];
            IActorRef actor = System.ActorOf(
                Props
                    .Create(() => new HostActor())
                    .WithDispatcher(
                        VirtualTimeDispatcher.IdOf(_partition.RegionOf(entities[0].Id))
                    ),
                string.Create(CultureInfo.InvariantCulture, $"h{host.Key}")
            );
            var start = new HostActor.StartEntities(entities, _partition, propsOf);
            started.Add((entities, actor.Ask<HostActor.EntitiesStarted>(start, StartTimeout)));
        }
        var actors = new IActorRef[_machine.Entities.Length];
        foreach (
            (ImmutableArray<IEntity> entities, Task<HostActor.EntitiesStarted> answer) in started
        )
        {
            ImmutableArray<IActorRef> refs = answer.GetAwaiter().GetResult().Actors;
            for (int index = 0; index < entities.Length; index++)
            {
                actors[entities[index].Id.Index] = refs[index];
            }
        }
        return actors;
    }
}
