using System;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Threading.Tasks;
using Akka;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;
using PvTimer.Sharding.Checkpoints;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Discovery;
using PvTimer.Sharding.Faults;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Security;
using PvTimer.Sharding.Sweeps;
using PvTimer.Sharding.Windows;

namespace PvTimer.Sharding.Nodes;

/// <summary>A node of a cluster in this process, from its start to its end.</summary>
/// <remarks>
/// <code>
///   /user/node          what it has; its part of a formation below it
///   /user/windows       where peers send their frames
///   /user/front         where clients knock
///   /user/contact-point where nodes ask that look for a cluster
///   /user/points        where runs of sweeps are carried out, if they are
///   /user/faults        where drills break something, if they may
///   /user/coordinator   the singleton's manager; the coordinator itself on the oldest node
/// </code>
/// Not composed with Akka.Hosting, which was tried (1.5.73): its hosted service sets the process's exit code to -1 when
/// a node leaves in order, prints to standard output what keeps a node from starting, and needs a tenth of a second
/// more to start one; its registry has no use here, where actors are found by their paths, from other nodes too.
/// </remarks>
public sealed class ClusterNode : IAsyncDisposable
{
    public const string SystemName = "pvtimer";

    /// <summary>What could not be given away by then is restored elsewhere.</summary>
    private static readonly TimeSpan GivingLimit = TimeSpan.FromSeconds(40);

    /// <summary>A coordinator that gives no answer for so long does not hear this node any more.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly ActorSystem _system;
    private readonly Cluster _cluster;
    private readonly FormationGauge _gauge = new();
    private readonly TaskCompletionSource _ending = new();

    private ClusterNode(ActorSystem system, NodeOptions options)
    {
        _system = system;
        _cluster = Cluster.Get(system);
        Address address = _cluster.SelfAddress;
        Seat = new ClusterSeat(
            options.NameAt(address.Port!.Value),
            address.ToString(),
            options.Roles,
            options.Regions,
            ProcessMark.Own,
            options.Directory is not null
        );
    }

    /// <summary>Its name, address and roles.</summary>
    public ClusterSeat Seat { get; }

    /// <summary>The node's actor system; alive until <see cref="Stopped"/>.</summary>
    public ActorSystem System => _system;

    /// <summary>Ends when the node has ended, whoever wanted it.</summary>
    public Task Stopped => _system.WhenTerminated;

    /// <summary>Ends when all is done but the end of the actor system itself.</summary>
    public Task Ending => _ending.Task;

    /// <summary>
    /// The others declared it dead, or it was on the smaller side of a partition: it ends itself, or has
    /// <see cref="Stopped"/>.
    /// </summary>
    public bool WasDowned =>
        CoordinatedShutdown.Get(_system).ShutdownReason is CoordinatedShutdown.ClusterDowningReason;

    /// <summary>Why the cluster that it was to join does not have it, on one line; null: it has not been refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>
    /// Its regions compute now: not while they wait for other nodes, stand at a hold, or there is no run. Any thread.
    /// </summary>
    public bool IsComputing => _gauge.IsComputing;

    /// <summary>Starts to listen; the node is in no cluster yet.</summary>
    /// <exception cref="NodeOptionsException">The options cannot be used, or nobody can listen there.</exception>
    public static ClusterNode Start(NodeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Akka.Configuration.Config config = NodeConfiguration.Of(options);
        options.Check(config);
        ControlToken token = options.Token ?? ControlToken.OfUser();
        var node = new ClusterNode(Listen(options, config, token), options);
        node.StartActors(
            options.SharedMemory,
            options.Directory is { } own ? new OwnFiles(own) : LocalFiles.Instance
        );
        if (options.Points is { } work)
        {
            int most = options.Regions;
            node.System.ActorOf(Props.Create(() => new PointsActor(work, most)), PointsActor.Name);
        }
        if (options.Drills)
        {
            node.System.ActorOf<FaultsActor>(FaultsActor.Name);
        }
        return node;
    }

    /// <summary>Joins the cluster that one of these is in; with none it begins one of its own.</summary>
    /// <param name="seeds">"host:port" of nodes.</param>
    public void Join(params string[] seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        if (seeds.Length == 0)
        {
            _cluster.Join(_cluster.SelfAddress);
            return;
        }
        _cluster.JoinSeedNodes([.. seeds.Select(seed => ClusterDoor.AddressOf(seed, _system))]);
    }

    /// <summary>
    /// Joins the cluster that discovered nodes are in, or begins it with them; see
    /// <see cref="NodeOptions.Discovery"/>.
    /// </summary>
    /// <exception cref="NodeOptionsException">There is no way to discover them; the message says why.</exception>
    public void FindPeers()
    {
        try
        {
            PeerBootstrap.Start(_system);
        }
        catch (Exception e) when (e is TargetInvocationException or ArgumentException)
        {
            // Akka makes what discovers nodes by the name of its type, and passes on what that one throws.
            throw new NodeOptionsException($"discover: {RootOf(e).Message}");
        }
    }

    /// <summary>Gives its cells away, leaves the cluster, and ends.</summary>
    public Task Leave() =>
        CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);

    /// <summary>Ends at once and gives nothing away: the others miss it as they would miss a killed process.</summary>
    public Task Abort()
    {
        ((ExtendedActorSystem)_system).Abort();
        return _system.WhenTerminated;
    }

    public async ValueTask DisposeAsync() => await _system.Terminate().ConfigureAwait(false);

    private static ActorSystem Listen(
        NodeOptions options,
        Akka.Configuration.Config config,
        ControlToken token
    )
    {
        try
        {
            // Akka logs what went wrong with its stack before it throws; nothing of that helps the caller.
            TryToListen(options);
            return ActorSystem.Create(
                SystemName,
                MutualTls
                    .Setup(config, options.Tls, new ConnectionSetup(isNode: true, () => token))
                    .And(options.Time.Setup)
            );
        }
        catch (Exception e) when (RootOf(e) is SocketException refused)
        {
            throw new NodeOptionsException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cannot listen on {options.ListeningHost}:{options.Port}: {refused.Message}; accepted: an address of this machine and a port that is free"
                )
            );
        }
    }

    /// <exception cref="SocketException">Nothing can listen there.</exception>
    private static void TryToListen(NodeOptions options)
    {
        IPAddress address = IPAddress.TryParse(options.ListeningHost, out IPAddress? given)
            ? given
            : Dns.GetHostAddresses(options.ListeningHost)[0];
        using TcpListener trial = new(address, options.Port);
        trial.Start();
    }

    /// <summary>Akka.Remote wraps what went wrong several times.</summary>
    private static Exception RootOf(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }
        return e;
    }

    private void StartActors(bool sharesMemory, IRunFiles files)
    {
        IActorRef coordinator = StartCoordinator(files);
        var router = new FrameRouter();
        var memory = new PeerMemory(Seat, sharesMemory, router.LookAround);
        _system.RegisterOnTermination(memory.RemoveNames);
        IActorRef shards = ClusterSharding
            .Get(_system)
            .Start(
                CellActor.TypeName,
                cell => Props.Create(() => new CellActor(cell)),
                ClusterShardingSettings.Create(_system),
                new CellExtractor(),
                new PlannedAllocation(_system),
                FreezeCell.Instance
            );
        var context = new NodeContext(Seat, router, memory, shards, coordinator, _gauge, files);
        _system.ActorOf(Props.Create(() => new NodeActor(context)), NodeActor.Name);
        _system.ActorOf(
            Props
                .Create(() => new WindowsActor(router, memory))
                .WithDispatcher(InlineDispatcher.DispatcherId),
            WindowsActor.Name
        );
        _system.ActorOf(Props.Create(() => new FrontActor(coordinator)), FrontActor.Name);
        _system.ActorOf<ContactPoint>(ContactPoint.Name);
        _system.ActorOf<ExclusionListener>();
        IActorRef refusals = _system.ActorOf(Props.Create(() => new RefusalListener(this)));
        _system.EventStream.Subscribe(refusals, typeof(ConnectionRefused));
        _system.EventStream.Subscribe(refusals, typeof(JoinRefused));
        CoordinatedShutdown
            .Get(_system)
            .AddTask(
                CoordinatedShutdown.PhaseBeforeServiceUnbind,
                "give cells away",
                () => GiveCellsAway(coordinator)
            );
        CoordinatedShutdown
            .Get(_system)
            .AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "say so", SayEnding);
    }

    private Task<Done> SayEnding()
    {
        _ending.TrySetResult();
        return Task.FromResult(Done.Instance);
    }

    /// <summary>Ends a node that the cluster does not have.</summary>
    private sealed class RefusalListener : ReceiveActor
    {
        private readonly ClusterNode _node;

        public RefusalListener(ClusterNode node)
        {
            _node = node;
            Receive<ConnectionRefused>(
                _ => node._cluster.State.Members.IsEmpty,
                refused => End(refused.By, refused.Why, node.Abort)
            );
            Receive<JoinRefused>(refused =>
                End(
                    node._cluster.State.Leader ?? node._cluster.SelfAddress,
                    refused.Why,
                    node.Leave
                )
            );
        }

        private void End(Address by, string why, Func<Task> end)
        {
            if (_node.Refusal is null)
            {
                _node.Refusal =
                    $"{ClusterDoor.EndpointOf(by.ToString())} does not let {_node.Seat.Name} join: {why}";
                _ = end();
            }
        }
    }

    private IActorRef StartCoordinator(IRunFiles files)
    {
        var singleton = ClusterSingletonManagerSettings.Create(_system);
        _system.ActorOf(
            ClusterSingletonManager.Props(
                Props.Create(() => new CoordinatorActor(files)),
                PoisonPill.Instance,
                singleton.WithSingletonName(CoordinatorActor.Name)
            ),
            CoordinatorActor.Name
        );
        return _system.ActorOf(
            ClusterSingletonProxy.Props(
                $"/user/{CoordinatorActor.Name}",
                ClusterSingletonProxySettings
                    .Create(_system)
                    .WithSingletonName(CoordinatorActor.Name)
            ),
            "coordinator-proxy"
        );
    }

    /// <summary>
    /// A node that is to end first empties itself; what cannot be moved in time is restored elsewhere. One that
    /// the others have given up has nothing to give: they restore its cells already.
    /// </summary>
    private async Task<Akka.Done> GiveCellsAway(IActorRef coordinator)
    {
        bool isAlone = _cluster.State.Members.Count(member => member.Status == MemberStatus.Up) < 2;
        if (isAlone || WasDowned || Refusal is not null)
        {
            return Akka.Done.Instance;
        }
        TimeProvider clock = ClusterTime.ClockOf(_system);
        var askers = Askers.Of(_system);
        TimeSpan limit = MonotonicTime.On(clock) + GivingLimit;
        TimeSpan answered = MonotonicTime.On(clock);
        while (
            MonotonicTime.On(clock) < limit
            && MonotonicTime.On(clock) - answered < AnswerLimit
            && _cluster.SelfMember.Status is not (MemberStatus.Down or MemberStatus.Removed)
        )
        {
            try
            {
                // Said every time: the coordinator may be the successor of the one that was told.
                CommandAnswer answer = await askers
                    .Ask<CommandAnswer>(
                        coordinator,
                        new ClusterCommand(ClusterVerb.Drain, Seat.Name),
                        TimeSpan.FromSeconds(2)
                    )
                    .ConfigureAwait(false);
                ClusterStatus status = await askers
                    .Ask<ClusterStatus>(coordinator, AskCluster.Instance, TimeSpan.FromSeconds(2))
                    .ConfigureAwait(false);
                answered = MonotonicTime.On(clock);
                bool isEmpty =
                    status.Cells.All(cell => cell.Node != Seat.Name)
                    && status.Run?.Phase is null or not RunPhase.Forming;
                if (isEmpty || !answer.Accepted)
                {
                    break;
                }
            }
            catch (AskTimeoutException)
            {
                // It is on its way to another node, or gone; if it stays away the others will notice that this
                // node has gone.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), clock).ConfigureAwait(false);
        }
        return Akka.Done.Instance;
    }
}
