using System;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using PvTimer.Model.Looks;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;
using PvTimer.OpsConsole.Watching;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.OpsConsole.Tests.Watching;

/// <summary>What happened between two samples, and when that cannot be said.</summary>
public sealed class RatesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Rates_are_by_second_of_virtual_time()
    {
        FakeCluster cluster = new() { Phase = RunPhase.Running };
        Sample before = Take(cluster, null, Noon);
        // 10 ms of virtual time in 2 s: 50 timers.
        cluster.At += VirtualDuration.FromMilliseconds(10);
        cluster.Fired += 50;
        Sample now = Take(cluster, before, Noon.AddSeconds(2));
        Assert.Equal(0.005, now.Rates.Speed, 9);
        HostRates host = now.Rates.Hosts["h0"];
        Assert.Equal(5_000, host.FiredPerSecond, 6);
        Assert.Equal(50, host.Lateness.Count);
        Assert.Equal(0.25, host.BusyShare, 3);
        Assert.Equal(0.25, host.TimerCpuUtilisation!.Value, 3);
        Assert.Null(host.ScanTime);
        Assert.Equal(0, now.Rates.Hosts["h1"].FiredPerSecond);
        Assert.Equal(5_000, now.Rates.All!.FiredPerSecond, 6);
        JsonNode all = Machine(now)["all"]!;
        Assert.Equal(5_000, (double)all["exits_per_second"]!["HLT"]!, 6);
        Assert.InRange((long)all["p50_ns"]!, 13_000, 16_250);
    }

    /// <summary>SVM has one name for reads and writes of MSRs.</summary>
    [Fact]
    public void Exits_of_one_name_have_one_rate()
    {
        VirtualDuration span = VirtualDuration.FromMilliseconds(10);
        HostLook look = Take(new FakeCluster(), null, Noon).Look!.Look!.Hosts[0];
        HostLook before = look with { Exits = Msrs(reads: 1, writes: 4) };
        HostLook now = look with { Exits = Msrs(reads: 3, writes: 12) };
        Assert.Equal(
            ("msr", 1_000.0),
            Assert.Single(HostRates.Between(before, now, span).ExitsPerSecond)
        );
        Assert.Equal(("msr", 15L, span * 15), Assert.Single(HostRates.ExitsOf(now)));

        ImmutableArray<ExitSum> Msrs(int reads, int writes) =>
            [
                new(VmExitReason.MsrRead, reads, span * reads, ExitNames.Svm),
                new(VmExitReason.MsrWrite, writes, span * writes, ExitNames.Svm),
            ];
    }

    [Fact]
    public void Rates_are_zero_when_virtual_time_stands_still()
    {
        FakeCluster cluster = new();
        Sample now = Take(cluster, Take(cluster, null, Noon), Noon.AddSeconds(1));
        Assert.Equal((0.0, 0.0), (now.Rates.Speed, now.Rates.EventsPerSecond));
        JsonNode host = Machine(now)["hosts"]![0]!;
        Assert.Equal(0, (double)host["exits_per_second"]!["HLT"]!);
        Assert.Equal(0, (double)host["fired_per_second"]!);
        Assert.Equal(0, (double)host["timer_cpu"]!);
        Assert.Null(host["p50_ns"]);
    }

    [Fact]
    public void Host_that_a_vm_has_come_to_has_no_rates_this_time()
    {
        FakeCluster cluster = new() { Phase = RunPhase.Running };
        Sample before = Take(cluster, null, Noon);
        cluster.At += VirtualDuration.FromMilliseconds(10);
        cluster.Fired += 1_000_000;
        cluster.Arrivals++;
        Sample now = Take(cluster, before, Noon.AddSeconds(1));
        Assert.False(now.Rates.Hosts.ContainsKey("h0"));
        Assert.True(now.Rates.Hosts.ContainsKey("h1"));
        Assert.Null(Machine(now)["hosts"]![0]!["exits_per_second"]);
    }

    [Theory]
    [InlineData("run-2", 10)]
    [InlineData("run-1", -2)]
    public void Another_run_or_one_that_went_back_has_no_rates(string run, long milliseconds)
    {
        FakeCluster cluster = new() { Phase = RunPhase.Running };
        Sample before = Take(cluster, null, Noon);
        cluster.RunId = run;
        cluster.At = VirtualTime.FromNanoseconds(
            cluster.At.Nanoseconds + (milliseconds * 1_000_000)
        );
        Sample now = Take(cluster, before, Noon.AddSeconds(1));
        Assert.Equal(0, now.Rates.Speed);
        Assert.Empty(now.Rates.Hosts);
        Assert.Null(now.Rates.All);
        // Nor is it known that nothing has happened.
        Assert.Null(Machine(now)["hosts"]![0]!["fired_per_second"]);
    }

    [Fact]
    public void First_sample_has_none()
    {
        Sample first = Take(new FakeCluster(), null, Noon);
        Assert.Equal(SampleRates.None, first.Rates);
        Assert.Null(Machine(first)["all"]!["exits_per_second"]);
    }

    private static JsonNode Machine(Sample sample) =>
        JsonNode.Parse(sample.DocumentOf(new View(ViewKind.Machine)))!["content"]!;

    private static Sample Take(FakeCluster cluster, Sample? before, DateTimeOffset at)
    {
        ClusterStatus status = cluster.Status();
        LookAnswer look = cluster.Ask<LookAnswer>(new AskLook(Model.Looks.LookRequest.Sums)).Result;
        return new Sample(
            1,
            at,
            TimeSpan.FromMilliseconds(5),
            status,
            look,
            SampleRates.Between(before, status, look, at),
            1
        );
    }
}
