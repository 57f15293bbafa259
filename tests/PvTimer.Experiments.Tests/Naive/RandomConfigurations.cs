using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Experiments.Tests.Naive.Machine;

namespace PvTimer.Experiments.Tests.Naive;

/// <summary>Configurations that both machines are run on: each from its seed.</summary>
internal static class RandomConfigurations
{
    private static readonly string[] Profiles = ["skylake", "cascadelake-kvm", "ideal"];

    /// <param name="seed">Which.</param>
    /// <param name="profile">A cost profile by its name and the part of each table that counts.</param>
    /// <param name="rearms">There may be guests that program a timer anew before it expires.</param>
    public static NaiveConfiguration Draw(
        int seed,
        Func<string, double, NaiveCosts> profile,
        bool rearms
    )
    {
        Random random = new(seed);
        int vcpus = random.Next(1, 6);
        int sockets = vcpus % 2 == 1 ? random.Next(1, 3) : 1;
        NaiveCosts costs = profile(
            Profiles[seed % Profiles.Length],
            random.Next(3) == 0 ? 0.5 : random.NextDouble()
        );
        if (random.Next(2) == 0)
        {
            // Figures of their own, so that none can stand for another.
            costs = costs.Scaled(figure => (figure * random.Next(50, 200) / 100) + random.Next(9));
        }
        bool asPosted = random.Next(2) == 0;
        bool busy = random.Next(3) == 0;
        return new NaiveConfiguration
        {
            Seed = seed,
            // A worker that never sleeps scans a hundred million times a second where nothing costs anything.
            Duration =
                random.Next(5, 20)
                * (
                    !busy ? 1_000_000L
                    : costs.ScanPerVm < 50 ? 10_000L
                    : 200_000L
                ),
            Costs = costs,
            Pcpus = vcpus + 1,
            Sockets = sockets,
            AsPosted = asPosted,
            Busy = busy,
            ScanPeriod = random.Next(3) == 0 ? random.Next(50_000, 500_000) : 250_000,
            Padding = random.Next(3) == 0 ? random.Next(0, 100_000) : 25_000,
            HaltPoll = random.Next(2) == 0 ? 0 : random.Next(1, 400) * 1_000L,
            HaltPollGrow = random.Next(0, 4),
            HaltPollGrowStart = random.Next(0, 50) * 1_000L,
            HaltPollShrink = random.Next(0, 4),
            Vms = Vms(random, vcpus, rearms),
        };
    }

    /// <summary>The same with kernels' ticks, which `paratick` is for.</summary>
    public static NaiveConfiguration WithTicks(NaiveConfiguration drawn)
    {
        Random random = new(-drawn.Seed);
        return drawn with { Vms = [.. drawn.Vms.Select(vm => vm with { Guest = Tick(random) })] };
    }

    private static NaiveGrid Tick(Random random)
    {
        // A period that is a whole number of nanoseconds and whose rate is one of hertz.
        int[] periods =
        [
            100_000,
            125_000,
            200_000,
            250_000,
            400_000,
            500_000,
            1_000_000,
            4_000_000,
        ];
        long period = periods[random.Next(periods.Length)];
        long work = random.Next(2) == 0 ? 0 : random.Next(1, (int)(period / 2));
        return new NaiveGrid(period, Threads: 1, Offset: 0, work) { IsTick = true };
    }

    private static ImmutableArray<NaiveVm> Vms(Random random, int vcpus, bool rearms)
    {
        ImmutableArray<NaiveVm>.Builder vms = ImmutableArray.CreateBuilder<NaiveVm>();
        int first = 0;
        while (first < vcpus)
        {
            int size = random.Next(1, vcpus - first + 1);
            vms.Add(
                new NaiveVm(
                    [.. Enumerable.Range(first, size)],
                    random.Next(2) == 0 ? 2_500_000 : random.Next(1_000_000, 4_000_000),
                    random.Next(2) == 0,
                    Guest(random, rearms)
                )
            );
            first += size;
        }
        return vms.ToImmutable();
    }

    private static NaiveGuest Guest(Random random, bool rearms)
    {
        long period =
            random.Next(2) == 0 ? random.Next(30, 400) * 1_000L : random.Next(30_000, 3_000_000);
        long work = random.Next(2) == 0 ? 0 : random.Next(1, 20_000);
        return random.Next(rearms ? 4 : 3) switch
        {
            0 => new NaiveGrid(period, random.Next(1, 4), random.Next(0, 1_000_000), work),
            1 => new NaiveSleeps(period, work),
            3 => new NaiveRearms([
                .. Enumerable
                    .Range(0, random.Next(1, 50))
                    .Select(_ => new NaiveRearm(
                        random.NextInt64(1, 2 * period),
                        random.NextInt64(1, period),
                        random.NextInt64(1, 2 * period)
                    )),
            ]),
            _ => new NaiveList([
                .. Enumerable
                    .Range(0, random.Next(1, 100))
                    .Select(_ => (long)(-Math.Log(1 - random.NextDouble()) * period)),
            ]),
        };
    }
}
