using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using PvTimer.ActorTime;
using PvTimer.ActorTime.Histories;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Observing;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>Histories of calls that overlap: the checker itself, and two objects of the machine.</summary>
public sealed class LinearizabilitySpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    /// <summary>A register: null reads, a number is written. The answer is what was there before.</summary>
    private static readonly SequentialModel<ulong, ulong?, ulong> Register = new(
        0,
        (state, input) => (input ?? state, input is null ? state : 0)
    );

    /// <summary>A word that the guest fills and the host takes: what the guest finds in it, it does not look at.</summary>
    private static readonly SequentialModel<ulong, ulong, ulong> Word = new(
        0,
        (state, input) => (input, input == 0 ? state : 0)
    );

    [Fact]
    public void Read_that_overlaps_a_write_gives_either_value_and_a_later_one_the_new()
    {
        Assert.True(Check(Write(5, 0, 10), Read(0, 1, 4), Read(5, 5, 8)).IsLinearizable);
        Assert.True(Check(Write(5, 0, 10), Read(0, 1, 20)).IsLinearizable);
        // The new value was seen, and then the old one again.
        Assert.False(Check(Write(5, 0, 10), Read(5, 1, 4), Read(0, 5, 8)).IsLinearizable);
        Assert.False(Check(Write(5, 0, 10), Read(0, 11, 12)).IsLinearizable);
    }

    [Fact]
    public void Call_that_has_not_ended_may_have_had_its_effect()
    {
        Call<ulong?, ulong> pending = new("w", 5, 0, 0, null);
        Assert.True(Check(pending, Read(0, 1, 2), Read(5, 3, 4)).IsLinearizable);
        Assert.True(Check(pending, Read(0, 1, 2), Read(0, 3, 4)).IsLinearizable);
        Assert.False(Check(pending, Read(5, 1, 2), Read(0, 3, 4)).IsLinearizable);
        Assert.Throws<ArgumentException>(() => Check(Read(0, 4, 3)));
    }

    [Fact]
    public void Failure_shows_how_far_an_order_comes()
    {
        Linearization<ulong?, ulong> broken = Check(Write(5, 0, 10), Read(7, 20, 21));
        Assert.Equal(Write(5, 0, 10), Assert.Single(broken.Order));
        Assert.Equal(Read(7, 20, 21), Assert.Single(broken.Left));
        Assert.Throws<ScriptException>(broken.ShouldHold);
    }

    /// <summary>Against all orders, tried one after the other.</summary>
    [Fact]
    public void Verdict_is_that_of_trying_every_order() =>
        Gen.Select(Gen.Long[0, 6], Gen.Long[0, 4], Gen.ULong[0, 2], Gen.Bool)
            .Array[1, 5]
            .Sample(
                draws =>
                {
                    Call<ulong?, ulong>[] history =
                    [
                        .. draws.Select(draw =>
                            draw.Item4
                                ? Write(draw.Item3, draw.Item1, draw.Item1 + draw.Item2)
                                : Read(draw.Item3, draw.Item1, draw.Item1 + draw.Item2)
                        ),
                    ];
                    Assert.Equal(IsSomeOrder(history, [], 0), Check(history).IsLinearizable);
                },
                iter: 2_000,
                seed: "0000000000001"
            );

    [Fact]
    public void Memoization_makes_many_overlapping_calls_decidable()
    {
        // 24 writes of one value at once have 24! orders, and 2^24 sets; with the reads behind them one is enough.
        IEnumerable<Call<ulong?, ulong>> writes = Enumerable
            .Range(0, 24)
            .Select(index => Write((ulong)(index % 2), 0, 100));
        Linearization<ulong?, ulong> found = Check([
            .. writes,
            Read(1, 101, 102),
            Read(1, 103, 104),
        ]);
        Assert.True(found.IsLinearizable);
        Assert.InRange(found.Tried, 26, 10_000);
    }

    /// <summary>
    /// expire_tsc, exchanged by the guest and by the scan. An exchange has its effect before its issuer goes on: the
    /// guest's no later than a line transfer after it was issued, the host's as it takes the value. Weakened, the
    /// guest's is over at once, and the host takes what was there before.
    /// </summary>
    [Theory]
    [InlineData(WeakExchange.None, true)]
    [InlineData(WeakExchange.Guest, false)]
    public void Page_is_an_exchanged_word_unless_an_exchange_is_weakened(
        WeakExchange weak,
        bool isLinearizable
    )
    {
        long line = Model.Costs.SimpleCosts.Plausible.LineTransferSameSocket.Nanoseconds;
        long scan = Scans(Host(), until: 260.Microseconds())[^1];
        bool all = true;
        for (int before = -20; before < 500; before += 10)
        {
            Anew();
            HostHandle host = Host();
            Faults.Weaken(weak);
            Tap stores = host.Kthread.Only<SharedPageUpdate>(store =>
                store.Field == PageField.ExpireTsc
            );
            Tap taken = host.TimerCpu.Only<SyncResult>();
            Clock.AdvanceTo(VirtualDuration.FromNanoseconds(scan - before));
            host.Vcpu(0).Guest.ProgramDeadline(@in: 2.Milliseconds());
            List<Call<ulong, ulong>> history = [];
            foreach (long then in Scans(host, until: 600.Microseconds()))
            {
                history.Add(new("host", 0, Found(taken, then + 1), then, then));
            }
            SharedPageUpdate store = stores.ExpectMsg<SharedPageUpdate>();
            long seen = stores.Last.At.Nanoseconds;
            long over = weak == WeakExchange.Guest ? seen - line : seen;
            history.Add(new("guest", store.Value.Value, 0, seen - line, over));
            all &= Linearizability.Check(history, Word).IsLinearizable;
        }
        Assert.Equal(isLinearizable, all);
    }

    /// <summary>When the scan exchanges the page's deadline: when its promise is there, a line transfer after it.</summary>
    private List<long> Scans(HostHandle host, VirtualDuration until)
    {
        Tap promises = host.Vcpu(0)
            .Only<SharedPageUpdate>(store => store.Field == PageField.NextSyncTsc);
        Clock.AdvanceTo(until);
        List<long> scans = [];
        while (promises.Count<SharedPageUpdate>() > 0)
        {
            promises.ExpectMsg<SharedPageUpdate>();
            scans.Add(promises.Last.At.Nanoseconds);
        }
        // The first one is that of the page's registration, which looks at nothing.
        scans.RemoveAt(0);
        return scans;
    }

    /// <summary>What an exchange has found; one that finds nothing says nothing.</summary>
    private static ulong Found(Tap taken, long at)
    {
        Tap then = taken.Between(At(at), At(at + 1));
        return then.Count<SyncResult>() == 0
            ? 0
            : then.ExpectMsg<SyncResult>().Found.Deadline.Value;

        static VirtualDuration At(long instant) => VirtualDuration.FromNanoseconds(instant);
    }

    /// <summary>IA32_TSC_ADJUST, written and read by its guest, and set by userspace at instants of a swarm's own.</summary>
    [Fact]
    public void Register_that_guest_and_userspace_write_is_a_register()
    {
        PCG chance = new(0, 7);
        int overlaps = 0;
        for (int run = 0; run < 12; run++)
        {
            Anew();
            HostHandle host = Host();
            VcpuHandle vcpu = host.Vcpu(0);
            Tap accesses = vcpu.Only<MsrAccessed>();
            Tap sets = vcpu.Only<SetMsr>();
            List<(long Began, ulong? Value)> asked = [];
            for (int step = 0; step < 30; step++)
            {
                Clock.AdvanceBy(((int)chance.Next(800) + 1).Nanoseconds());
                ulong value = chance.Next(100) + 1;
                switch (chance.Next(3))
                {
                    case 0:
                        vcpu.SetMsr(MsrIndex.Ia32TscAdjust, value);
                        break;
                    case 1:
                        asked.Add((Clock.Now.Nanoseconds, value));
                        vcpu.Guest.WriteMsr(MsrIndex.Ia32TscAdjust, value);
                        break;
                    default:
                        asked.Add((Clock.Now.Nanoseconds, null));
                        vcpu.Guest.ReadMsr(MsrIndex.Ia32TscAdjust);
                        break;
                }
            }
            Clock.AdvanceBy(1.Milliseconds());
            List<Call<ulong?, ulong>> history = [];
            foreach ((long began, ulong? value) in asked)
            {
                MsrAccessed access = accesses.ExpectMsg<MsrAccessed>();
                long ended = accesses.Last.At.Nanoseconds;
                history.Add(new("guest", value, value is null ? access.Value : 0, began, ended));
            }
            while (sets.Count<SetMsr>() > 0)
            {
                SetMsr set = sets.ExpectMsg<SetMsr>();
                long then = sets.Last.At.Nanoseconds;
                history.Add(new("userspace", set.Value, 0, then, then));
                overlaps += history.Count(call => call.Began < then && then < call.Ended);
            }
            Linearizability.Check(history, Register).ShouldHold();
        }
        Assert.True(overlaps > 20);
    }

    private static Call<ulong?, ulong> Write(ulong value, long began, long ended) =>
        new("w", value, 0, began, ended);

    private static Call<ulong?, ulong> Read(ulong value, long began, long ended) =>
        new("r", null, value, began, ended);

    private static Linearization<ulong?, ulong> Check(params Call<ulong?, ulong>[] history) =>
        Linearizability.Check(history, Register);

    private static bool IsSomeOrder(
        Call<ulong?, ulong>[] history,
        ImmutableList<int> done,
        ulong state
    ) =>
        done.Count == history.Length
        || Enumerable
            .Range(0, history.Length)
            .Except(done)
            .Any(next =>
            {
                bool isFirst = Enumerable
                    .Range(0, history.Length)
                    .Except(done)
                    .All(other => history[other].Ended >= history[next].Began);
                (ulong after, ulong answer) = Register.Apply(state, history[next].Input);
                return isFirst
                    && answer == history[next].Output
                    && IsSomeOrder(history, done.Add(next), after);
            });
}
