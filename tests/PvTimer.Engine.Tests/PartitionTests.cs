using System.Linq;
using CsCheck;
using PvTimer.Engine.Tests.Machines;
using PvTimer.Model.Events;

namespace PvTimer.Engine.Tests;

public class PartitionTests
{
    private static readonly Gen<(RandomMachine Machine, int Regions)> Cases = Gen.Select(
        Gen.Int[1, 5],
        Gen.Int[1, 4],
        Gen.Int[1, 3],
        Gen.Int[1, 12],
        (hosts, units, entities, regions) =>
            (new RandomMachine(new(1, hosts, units, entities)), regions)
    );

    [Fact]
    public void Regions_are_contiguous_blocks_of_units_and_none_is_empty() =>
        Cases.Sample(
            (machine, regions) =>
            {
                Partition partition = Partition.IntoBlocks(machine, regions);
                int[] regionOfUnit =
                [
                    .. Enumerable.Range(0, partition.Units).Select(partition.RegionOfUnit),
                ];
                Assert.Equal(regionOfUnit.Order(), regionOfUnit);
                Assert.Equal(Enumerable.Range(0, partition.Regions), regionOfUnit.Distinct());
                Assert.Equal(System.Math.Min(regions, partition.Units), partition.Regions);
            }
        );

    [Fact]
    public void Hosts_stay_whole_while_there_are_enough_of_them() =>
        Cases.Sample(
            (machine, regions) =>
            {
                Partition partition = Partition.IntoBlocks(machine, regions);
                ILookup<int, int> regionsOfHost = machine
                    .Entities.Select(entity => entity.Id)
                    .ToLookup(machine.HostOf, partition.RegionOf);
                if (regions <= regionsOfHost.Count)
                {
                    Assert.All(regionsOfHost, host => Assert.Single(host.Distinct()));
                }
            }
        );

    [Fact]
    public void Equal_hosts_are_shared_out_evenly()
    {
        var machine = new RandomMachine(new(1, Hosts: 6, UnitsPerHost: 1, EntitiesPerUnit: 3));
        Partition partition = Partition.IntoBlocks(machine, 3);
        Assert.Equal(
            [0, 0, 1, 1, 2, 2],
            Enumerable.Range(0, 6).Select(host => partition.RegionOf(new EntityId(host * 3)))
        );
    }
}
