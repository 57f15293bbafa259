using System;
using System.Globalization;
using System.Linq;
using PvTimer.Sharding.Commands;
using PvTimer.Simulation.Tests.World;

namespace PvTimer.Simulation.Tests.Plans;

/// <summary>One thing of any kind that can be done to a cluster.</summary>
internal static class DeedMaker
{
    private static readonly DiskFaults[] HonestFaults =
    [
        DiskFaults.Full,
        DiskFaults.Unreadable,
        DiskFaults.NoDescriptors,
        DiskFaults.Torn,
    ];

    private static readonly DiskFaults[] Lies =
    [
        DiskFaults.TornInSilence,
        DiskFaults.Stale,
        DiskFaults.Misdirected,
        DiskFaults.Old,
    ];

    public static Deed Of(Chance chance, int nodes, TimeSpan at, int number)
    {
        string node = NameOf(1 + chance.Below(nodes));
        return chance.Below(24) switch
        {
            0 or 1 or 2 => Command(at, Event(chance, number)),
            3 => Move(chance, at, node),
            4 => Command(at, "hold", run => new HoldCommand(run, "0ns")),
            5 => Hold(chance, at),
            6 => Travel(chance, at),
            7 => Command(at, "checkpoint", _ => new CheckpointCommand()),
            8 => Command(at, "stop", run => new StopCommand(run)),
            9 => NodeCommand(chance, at, node),
            10 or 11 => Kill(chance, at, node),
            12 => KillCoordinator(chance, at),
            13 => chance.OneIn(3) ? SickDeeds.Mute(at, node) : Pause(chance, at, node),
            14 or 15 => Cuts.Of(chance, at, nodes),
            16 => Net(chance, at),
            17 => Disk(chance, at, node, HonestFaults),
            18 => Disk(chance, at, node, Lies),
            19 => Looks(at),
            20 => KillAtWrite(chance, at, node),
            21 when chance.OneIn(3) => Command(at, BreakingEvent(chance, number)),
            22 => SickDeeds.HoldAndKill(chance, at),
            _ => Slow(chance, at),
        };
    }

    public static string NameOf(int node) =>
        string.Create(CultureInfo.InvariantCulture, $"node-{node}");

    private static string CellOf(Chance chance) => ToyMachine.Names[chance.Below(ToyMachine.Cells)];

    private static (string, Func<string, RunCommand>) Event(Chance chance, int number)
    {
        int id = 100 + number;
        string text = chance.OneIn(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{{ {id} }}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{{ {id} {chance.Below(ToyMachine.Rounds) * ToyMachine.Round} }}"
            );
        return ($"inject {text}", _ => new InjectCommand(text));
    }

    private static (string, Func<string, RunCommand>) BreakingEvent(Chance chance, int number)
    {
        int id =
            ToyEvent.FirstThatBreaks + (ToyMachine.Cells * number) + chance.Below(ToyMachine.Cells);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{{ {id} {chance.Below(ToyMachine.Rounds) * ToyMachine.Round} }}"
        );
        return ($"inject {text}, which breaks the machine", _ => new InjectCommand(text));
    }

    /// <summary>One look after the other, while whatever happens to the cluster happens.</summary>
    private static Deed Looks(TimeSpan at)
    {
        const int count = 20;
        TimeSpan interval = TimeSpan.FromMilliseconds(90);
        return new Deed(
            at,
            "looks",
            count * interval,
            (cluster, client) =>
            {
                for (int look = 0; look < count; look++)
                {
                    cluster.Agenda.After(look * interval, client.Look);
                }
            }
        );
    }

    /// <summary>Between any two changes that it makes on disk: in a file, of a file's name, between two files.</summary>
    private static Deed KillAtWrite(Chance chance, TimeSpan at, string node)
    {
        int changes = chance.Below(16);
        bool isCoordinator = chance.OneIn(2);
        return new Deed(
            at,
            string.Create(
                CultureInfo.InvariantCulture,
                $"kill {(isCoordinator ? "the coordinator" : node)} after {changes} changes on disk"
            ),
            TimeSpan.Zero,
            (cluster, _) =>
            {
                SimNode? killed = isCoordinator
                    ? cluster.Living.FirstOrDefault(each => each.Coordinator is not null)
                    : cluster.Named(node);
                killed?.Files.KilledAfter = changes;
            }
        );
    }

    private static Deed Command(
        TimeSpan at,
        (string What, Func<string, RunCommand> Make) command
    ) => Command(at, command.What, command.Make);

    private static Deed Command(TimeSpan at, string what, Func<string, RunCommand> make) =>
        new(at, what, TimeSpan.Zero, (_, client) => client.Command(make(client.Run)));

    private static Deed Move(Chance chance, TimeSpan at, string node)
    {
        string cell = CellOf(chance);
        return Command(at, $"move {cell} to {node}", _ => new MoveCommand(cell, node));
    }

    private static string Instant(Chance chance) =>
        string.Create(CultureInfo.InvariantCulture, $"{chance.Below(ToyMachine.Rounds)}ms");

    private static Deed Hold(Chance chance, TimeSpan at)
    {
        string instant = Instant(chance);
        return Command(at, $"hold at {instant}", run => new HoldCommand(run, instant));
    }

    private static Deed Travel(Chance chance, TimeSpan at)
    {
        string instant = Instant(chance);
        return Command(at, $"travel to {instant}", run => new TravelCommand(run, instant));
    }

    private static Deed NodeCommand(Chance chance, TimeSpan at, string node) =>
        chance.Below(3) switch
        {
            0 => Command(at, $"drain {node}", _ => new DrainCommand(node)),
            1 => Command(at, $"leave {node}", _ => new LeaveCommand(node)),
            _ => Command(at, $"down {node}", _ => new DownCommand(node)),
        };

    private static Deed Kill(Chance chance, TimeSpan at, string node)
    {
        bool all = chance.OneIn(12);
        return new Deed(
            at,
            all ? "kill all" : $"kill {node}",
            TimeSpan.Zero,
            (cluster, _) =>
            {
                foreach (SimNode each in cluster.Living.ToArray())
                {
                    if (all || each.Seat.Name == node)
                    {
                        Kill(cluster, each);
                    }
                }
            }
        );
    }

    private static Deed KillCoordinator(Chance chance, TimeSpan at) =>
        new(
            at,
            "kill the coordinator",
            TimeSpan.Zero,
            (cluster, _) =>
            {
                if (cluster.Living.FirstOrDefault(node => node.Coordinator is not null) is { } host)
                {
                    Kill(cluster, host);
                }
            }
        );

    private static void Kill(SimCluster cluster, SimNode node)
    {
        cluster.Hits.Count(Fault.ProcessKilled);
        cluster.Say($"{node.Seat.Name} is killed");
        node.Kill();
    }

    private static Deed Pause(Chance chance, TimeSpan at, string node)
    {
        TimeSpan lasts = chance.Between(200, 8000);
        return new Deed(
            at,
            $"stop {node}",
            lasts,
            (cluster, _) =>
            {
                if (cluster.Named(node) is { } stopped)
                {
                    cluster.Hits.Count(Fault.ProcessStopped);
                    stopped.Stop();
                    cluster.Agenda.After(lasts, stopped.Continue);
                }
            }
        );
    }

    private static Deed Net(Chance chance, TimeSpan at)
    {
        TimeSpan lasts = chance.Between(100, 4000);
        int kind = chance.Below(4);
        double slow = chance.OneIn(2) ? 40 : 600;
        int oneIn = 3 + chance.Below(60);
        return new Deed(
            at,
            kind switch
            {
                0 => "slow network",
                1 => "messages are lost",
                2 => "messages are doubled",
                _ => "messages overtake each other",
            },
            lasts,
            (cluster, _) =>
            {
                Network network = cluster.Network;
                switch (kind)
                {
                    case 0:
                        network.SlowestMilliseconds = slow;
                        break;
                    case 1:
                        network.LosesOneIn = oneIn;
                        break;
                    case 2:
                        network.DoublesOneIn = oneIn;
                        break;
                    default:
                        network.Reorders = true;
                        network.SlowestMilliseconds = 40;
                        break;
                }
                cluster.Agenda.After(
                    lasts,
                    () =>
                    {
                        network.SlowestMilliseconds = Network.UsualMilliseconds;
                        network.LosesOneIn = 0;
                        network.DoublesOneIn = 0;
                        network.Reorders = false;
                    }
                );
            }
        );
    }

    private static Deed Disk(Chance chance, TimeSpan at, string node, DiskFaults[] kinds)
    {
        TimeSpan lasts = chance.Between(50, 5000);
        DiskFaults fault = kinds[chance.Below(kinds.Length)];
        bool all = chance.OneIn(4);
        return new Deed(
            at,
            $"disk of {(all ? "all" : node)} is {fault}",
            lasts,
            (cluster, _) =>
            {
                SimNode[] hit = [.. cluster.Living.Where(each => all || each.Seat.Name == node)];
                foreach (SimNode each in hit)
                {
                    each.Files.Faults |= fault;
                    cluster.Agenda.After(lasts, () => each.Files.Faults &= ~fault);
                }
            }
        );
    }

    private static Deed Slow(Chance chance, TimeSpan at)
    {
        TimeSpan lasts = chance.Between(200, 5000);
        int kind = chance.Below(3);
        TimeSpan step = TimeSpan.FromHours(chance.OneIn(2) ? 1 : -1);
        return new Deed(
            at,
            kind switch
            {
                0 => "slow disk",
                1 => "slow machine",
                _ => "time of day steps",
            },
            lasts,
            (cluster, _) =>
            {
                switch (kind)
                {
                    case 0:
                        cluster.SlowestDiskMilliseconds = 1500;
                        break;
                    case 1:
                        cluster.SlowestWorkMilliseconds = 400;
                        break;
                    default:
                        foreach (SimNode node in cluster.Living)
                        {
                            node.WallOffset += step;
                            cluster.Hits.Count(
                                step > TimeSpan.Zero
                                    ? Fault.TimeOfDaySteppedForward
                                    : Fault.TimeOfDaySteppedBack
                            );
                        }
                        break;
                }
                cluster.Agenda.After(
                    lasts,
                    () =>
                    {
                        cluster.SlowestDiskMilliseconds = SimCluster.UsualDiskMilliseconds;
                        cluster.SlowestWorkMilliseconds = SimCluster.UsualWorkMilliseconds;
                    }
                );
            }
        );
    }
}
