using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Akka.Actor;
using PvTimer.Actors.Dispatch;
using PvTimer.Actors.Windows;
using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

/// <summary>
/// The regions of a run that live in this process: for each a kernel, a dispatcher for its actors, and a
/// <see cref="RegionActor"/> that owns its thread. All of them in an embedded run, some on each node of a
/// cluster.
/// </summary>
public sealed class LocalRegions
{
    private readonly IMachine _machine;
    private readonly Partition _partition;
    private readonly string _scope;
    private readonly int _first;
    private readonly ImmutableArray<Kernel> _kernels;
    private readonly ImmutableArray<Region> _regions;
    private readonly ImmutableArray<IActorRef> _actors;

    /// <param name="system">Where the actors live; its scheduler is a <see cref="HybridScheduler"/>.</param>
    /// <param name="setup">What they run.</param>
    public LocalRegions(ActorSystem system, RegionSetup setup)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(setup);
        _machine = setup.Machine;
        _partition = setup.Partition;
        _scope = setup.Scope;
        _first = setup.First;
        Lookahead = Lookahead.Of(_machine, _partition);
        var kernels = ImmutableArray.CreateBuilder<Kernel>(setup.Count);
        var regions = ImmutableArray.CreateBuilder<Region>(setup.Count);
        var actors = ImmutableArray.CreateBuilder<IActorRef>(setup.Count);
        for (int index = _first; index < _first + setup.Count; index++)
        {
            string dispatcher = VirtualTimeDispatcher.IdOf(_scope, index);
            RegionDriver driver = VirtualTimeDispatcher.Register(system, dispatcher);
            IBatchLink link = setup.LinkOf(index);
            var kernel = new Kernel(_machine, _partition, index, link, driver, setup.From)
            {
                KeepsMessages = setup.KeepsMessages || _machine.KeepsMessages,
            };
            var region = new Region(
                kernel,
                _partition,
                Lookahead,
                _machine.End,
                link,
                setup.Continue
            )
            {
                HoldAt = setup.HoldAt,
                LongestWindow = setup.LongestWindow,
            };
            driver.Prepare(_machine, kernel, setup.ActorsAreLent);
            kernels.Add(kernel);
            regions.Add(region);
            actors.Add(
                setup.Parent.ActorOf(
                    Props.Create(() =>
                        new RegionActor(driver, region, setup.AtBarrier, setup.Leave)
                    ),
                    string.Create(CultureInfo.InvariantCulture, $"region-{index}")
                )
            );
        }
        _kernels = kernels.MoveToImmutable();
        _regions = regions.MoveToImmutable();
        _actors = actors.MoveToImmutable();
    }

    /// <summary>How far each region may run ahead of the others.</summary>
    public Lookahead Lookahead { get; }

    /// <summary>In the order of their numbers.</summary>
    public ImmutableArray<Kernel> Kernels => _kernels;

    /// <summary>In the order of their numbers.</summary>
    public ImmutableArray<Region> Regions => _regions;

    /// <summary>The kernel of one of these regions.</summary>
    public Kernel KernelOf(Region region) => _kernels[_regions.IndexOf(region)];

    /// <summary>The dispatcher for an entity's actor, and for actors below it.</summary>
    public string DispatcherOf(IEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return VirtualTimeDispatcher.IdOf(_scope, _partition.RegionOf(entity.Id));
    }

    /// <summary>Runs until all regions here end; once.</summary>
    /// <param name="actors">
    /// The actor of each entity, in the order of their indices; Nobody for those of other processes.
    /// </param>
    /// <returns>
    /// What ended a region before its time, or broke the emulator itself, in any region; null if nothing did.
    /// With one, what the regions have is no result, and no failure of the machine either.
    /// </returns>
    public async Task<Exception?> Run(IActorRef[] actors)
    {
        RegionActor.Ended[] ended = await Task.WhenAll(
                _actors.Select(region => region.Ask<RegionActor.Ended>(new RegionActor.Run(actors)))
            )
            .ConfigureAwait(false);
        Exception[] crashes = [.. ended.Select(end => end.Crash).OfType<Exception>()];
        // Those that only waited for the one that crashed do not have the reason.
        return Array.Find(crashes, crash => crash is not PeerGoneException)
            ?? crashes.FirstOrDefault();
    }

    /// <summary>The region here whose run broke first in the order of events; null if none did.</summary>
    public Region? EarliestFailure()
    {
        int failed = -1;
        for (int region = 0; region < _regions.Length; region++)
        {
            bool isEarlier =
                _regions[region].Failure is not null
                && (failed < 0 || _kernels[region].CurrentKey < _kernels[failed].CurrentKey);
            failed = isEarlier ? region : failed;
        }
        return failed < 0 ? null : _regions[failed];
    }
}
