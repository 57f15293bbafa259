using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Coordination;
using PvTimer.Sharding.Placement;
using PvTimer.Sharding.Wire;

namespace PvTimer.Simulation.Tests.World;

/// <summary>
/// A whole cluster in one thread and in virtual time: the real coordinator, the real agents of the nodes, the real
/// checkpoint store and journal, on a network, a disk and clocks that do what a seed says.
/// </summary>
internal sealed class SimCluster
{
    public const string Directory = "/run/toy";
    public const string ScenarioFile = "/run/scenario.conf";

    /// <summary>What a run is made from is sent in parts as small as this, so that it takes some.</summary>
    public const int ParcelBytes = 3;

    /// <summary>Parts of checkpoints, likewise.</summary>
    public const int PartBytes = 40;

    private readonly Dictionary<string, SimNode> _nodes = new(StringComparer.Ordinal);
    private readonly SortedList<string, SharedDisk> _disks = new(StringComparer.Ordinal);
    private readonly HashSet<SimNode> _joined = [];
    private readonly List<string>? _log;
    private int _processes;

    /// <summary>Which processes lack the scenario: in some schedules only, and without a word to any other chance.</summary>
    private readonly Chance _inputs;
    private readonly bool _lackInputs;

    /// <param name="seed">Of all chance.</param>
    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="isLogged">What happens is written down.</param>
    public SimCluster(ulong seed, int nodes, bool isLogged)
    {
        _log = isLogged ? [] : null;
        Chance = new Chance(seed);
        _inputs = new Chance(~seed);
        _lackInputs = _inputs.OneIn(3);
        HasOwnDisks = _inputs.OneIn(3);
        Hits = new Hits();
        Agenda = new Agenda();
        Network = new Network(Agenda, Chance, Hits);
        Disk = new SharedDisk();
        Disk.Files[ScenarioFile] = ToyInputs.Untouched;
        Members = new Membership(this);
        Sharding = new Sharding(this);
        Checker = new Checker(this);
        SeesProcesses = Chance.Below(2) == 0;
        for (int node = 1; node <= nodes; node++)
        {
            StartNode(string.Create(CultureInfo.InvariantCulture, $"node-{node}"));
        }
        Members.Begin();
    }

    public Chance Chance { get; }

    public Hits Hits { get; }

    public Agenda Agenda { get; }

    public Network Network { get; }

    /// <summary>Nodes share no directory, in some schedules; a process that has the name of another one has its disk.</summary>
    public bool HasOwnDisks { get; }

    public SharedDisk DiskOf(string node)
    {
        if (!HasOwnDisks)
        {
            return Disk;
        }
        if (!_disks.TryGetValue(node, out SharedDisk? disk))
        {
            _disks[node] = disk = new SharedDisk();
            disk.Files[ScenarioFile] = ToyInputs.Untouched;
        }
        return disk;
    }

    /// <summary>All of them, in the order of the nodes' names.</summary>
    public IEnumerable<SharedDisk> Disks => HasOwnDisks ? _disks.Values : [Disk];

    /// <summary>What all nodes share, if they share anything.</summary>
    private SharedDisk Disk { get; }

    public Membership Members { get; }

    public Sharding Sharding { get; }

    public Checker Checker { get; }

    /// <summary>All processes are on one machine, and see each other die.</summary>
    public bool SeesProcesses { get; }

    /// <summary>Work of a formation takes up to so long when nothing is wrong [ms].</summary>
    public const double UsualWorkMilliseconds = 20;

    /// <summary>A request of the coordinator to its disk takes up to so long when nothing is wrong [ms].</summary>
    public const double UsualDiskMilliseconds = 10;

    /// <summary>Work of a formation takes up to so long [ms].</summary>
    public double SlowestWorkMilliseconds { get; set; } = UsualWorkMilliseconds;

    /// <summary>A request of the coordinator to its disk takes up to so long [ms].</summary>
    public double SlowestDiskMilliseconds { get; set; } = UsualDiskMilliseconds;

    /// <summary>How long some work of a formation takes.</summary>
    public TimeSpan WorkTime(double atLeastMilliseconds)
    {
        TimeSpan takes = Chance.Between(atLeastMilliseconds, SlowestWorkMilliseconds);
        if (takes.TotalMilliseconds > UsualWorkMilliseconds)
        {
            Hits.Count(Fault.MachineSlow);
        }
        return takes;
    }

    /// <summary>How long a request of the coordinator to its disk takes.</summary>
    public TimeSpan DiskTime()
    {
        TimeSpan takes = Chance.Between(0.2, SlowestDiskMilliseconds);
        if (takes.TotalMilliseconds > UsualDiskMilliseconds)
        {
            Hits.Count(Fault.DiskSlow);
        }
        return takes;
    }

    public IReadOnlyList<string> Log => _log ?? [];

    public IEnumerable<SimNode> Living => _nodes.Values.Where(node => node.IsAlive);

    /// <summary>One of those that live; null: none does.</summary>
    public SimNode? AnyLiving()
    {
        int living = 0;
        foreach (SimNode node in _nodes.Values)
        {
            living += node.IsAlive ? 1 : 0;
        }
        if (living == 0)
        {
            return null;
        }
        int place = Chance.Below(living);
        foreach (SimNode node in _nodes.Values)
        {
            if (node.IsAlive && place-- == 0)
            {
                return node;
            }
        }
        return null;
    }

    public SimNode? Find(string address) => _nodes.GetValueOrDefault(address);

    public SimNode? Named(string name) =>
        _nodes.Values.LastOrDefault(node => node.IsAlive && node.Seat.Name == name);

    public bool HasJoined(SimNode node) => _joined.Contains(node);

    /// <summary>What a new process finds under the path of the scenario.</summary>
    public InputsHere InputsOf(int process)
    {
        InputsHere here =
            _lackInputs && !_inputs.OneIn(3)
                ? _inputs.OneIn(2)
                    ? InputsHere.Other
                    : InputsHere.None
                : InputsHere.Same;
        if (here != InputsHere.Same)
        {
            Hits.Count(Fault.InputsLacking);
            Say($"process {process} has {here} under the path of the scenario");
        }
        return here;
    }

    /// <summary>A process starts and, as soon as it may, joins.</summary>
    public void StartNode(string name)
    {
        int process = ++_processes;
        string address = string.Create(
            CultureInfo.InvariantCulture,
            $"akka.tcp://pvtimer@127.0.0.1:{4000 + process}"
        );
        SimNode node = new(this, name, address, process);
        _nodes[address] = node;
        Agenda.After(Chance.Between(50, 800), () => Join(node));
    }

    private void Join(SimNode node)
    {
        if (node.IsAlive)
        {
            _joined.Add(node);
            Say($"{node.Seat.Name} {node.Address} joins");
            Members.Join(node);
        }
    }

    /// <summary>The process at a seat is dead, and that can be seen from everywhere.</summary>
    public bool SeesDead(ClusterSeat seat) => SeesProcesses && Find(seat.Address)?.IsAlive == false;

    /// <summary>To the coordinator, where a node believes it to be.</summary>
    public void TellCoordinator(SimNode from, IWireMessage message)
    {
        if (CoordinatorOf(from) is { } host)
        {
            Network.Send(from, host, message, host.HearAsCoordinator);
        }
    }

    /// <summary>Where a node believes the coordinator to be; null: it knows of none.</summary>
    public SimNode? CoordinatorOf(SimNode node) =>
        node.View.Members.IsEmpty ? null : Find(node.View.Members[0].Address);

    public void TellNode(SimNode from, ClusterSeat to, IWireMessage message, SimCoordinator? sender)
    {
        if (Find(to.Address) is { } node)
        {
            if (message is Form form)
            {
                Checker.OnForm(form, from);
            }
            Network.Send(
                from,
                node,
                message,
                sender is null ? node.ReceiveOfPeer : heard => node.Receive(heard, sender)
            );
        }
    }

    /// <summary>Writes a line down, if lines are wanted; without that it is not even put together.</summary>
    public void Say(FormattableString line) =>
        _log?.Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Agenda.Now.TotalSeconds, 9:0.0000} {FormattableString.Invariant(line)}"
            )
        );
}
