using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Model.Processors;
using PvTimer.Model.Reports;
using PvTimer.Model.Time;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Looks;

/// <summary>Parts that become one look, and requests that become one.</summary>
public class MachineLookTests
{
    private static readonly VirtualTime s_at = VirtualTime.FromNanoseconds(500);

    private static VirtualDuration Ns(long nanoseconds) =>
        VirtualDuration.FromNanoseconds(nanoseconds);

    private static CpuTime Cpu(long n) =>
        new(Ns(n), Ns(n + 1), Ns(n + 2), Ns(n + 3), Ns(n + 4), Ns(n + 5));

    private static HostLook Host(string name, int n, params ExitSum[] exits) =>
        new(
            name,
            n,
            n + 1,
            n + 2,
            n + 3,
            n + 4,
            n + 5,
            n + 6,
            [.. exits],
            new QuarterOctaves([new BucketCount(n, n)]),
            Cpu(n),
            Cpu(n + 10),
            n + 7,
            n + 8,
            n + 9,
            n + 10,
            new ThreadCounts(n, n + 1, n + 2, n + 3, n + 4)
        );

    private static VcpuLook Unknown(string name) =>
        new(name, "h0", null, null, false, 0, 0, 0, null);

    private static MachineLook Part(ImmutableArray<HostLook> hosts, params VcpuLook[] vcpus) =>
        new(s_at, hosts, [], [.. vcpus], [], []);

    [Fact]
    public void Host_in_two_parts_is_their_sum()
    {
        MachineLook look = MachineLook.Merge(
            s_at,
            [
                Part([
                    Host("h0", 1, new ExitSum(VmExitReason.Hlt, 2, Ns(20))),
                    Host("h1", 5, new ExitSum(VmExitReason.Hlt, 9, Ns(9))),
                ]),
                Part([
                    Host(
                        "h0",
                        100,
                        new ExitSum(VmExitReason.ExternalInterrupt, 7, Ns(70)),
                        new ExitSum(VmExitReason.Hlt, 3, Ns(30))
                    ),
                ]),
            ],
            timers: 0
        );
        Assert.Equal(s_at, look.At);
        Assert.Equal("h0 h1", string.Join(' ', look.Hosts.Select(host => host.Name)));
        HostLook sum = look.Hosts[0];
        HostLook expected = new(
            "h0",
            101,
            103,
            105,
            107,
            109,
            111,
            113,
            sum.Exits,
            sum.Lateness,
            Cpu(1) + Cpu(100),
            Cpu(11) + Cpu(110),
            115,
            117,
            119,
            121,
            new ThreadCounts(101, 103, 105, 107, 109)
        );
        Assert.Equal(expected, sum);
        Assert.Equal(
            "ExternalInterrupt 7 70, Hlt 5 50",
            string.Join(
                ", ",
                sum.Exits.Select(exit => $"{exit.Reason} {exit.Count} {exit.Time.Nanoseconds}")
            )
        );
        Assert.Equal("1x1 100x100", string.Join(' ', sum.Lateness.Buckets.Select(TextOf)));
    }

    /// <summary>Two VMs, one of each back-end: what is called otherwise is counted apart.</summary>
    [Fact]
    public void Exits_of_vmx_and_of_svm_are_not_summed()
    {
        MachineLook look = MachineLook.Merge(
            s_at,
            [
                Part([Host("h0", 1, new ExitSum(VmExitReason.Hlt, 2, Ns(20), ExitNames.Svm))]),
                Part([Host("h0", 1, new ExitSum(VmExitReason.Hlt, 3, Ns(30)))]),
                Part([Host("h0", 1, new ExitSum(VmExitReason.Hlt, 4, Ns(40), ExitNames.Svm))]),
            ],
            timers: 0
        );
        Assert.Equal(
            [
                new ExitSum(VmExitReason.Hlt, 3, Ns(30)),
                new ExitSum(VmExitReason.Hlt, 6, Ns(60), ExitNames.Svm),
            ],
            look.Hosts[0].Exits.AsEnumerable()
        );
    }

    private static string TextOf(BucketCount one) => $"{one.Bucket}x{one.Count}";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Vcpu_whose_thread_is_in_another_part_is_one_line(bool threadFirst)
    {
        VcpuLook own = Unknown("vm/vcpu-0") with
        {
            Halted = true,
            Armed = 5,
            Fired = 4,
            Exits = 3,
            Deadline = s_at,
        };
        VcpuLook thread = Unknown("vm/vcpu-0") with { Pcpu = "h0/pcpu-2", Thread = "Blocked" };
        MachineLook[] parts = [Part([], own, Unknown("vm/vcpu-1")), Part([], thread)];
        MachineLook look = MachineLook.Merge(
            s_at,
            threadFirst ? [parts[1], parts[0]] : parts,
            timers: 0
        );
        Assert.Equal(2, look.Vcpus.Length);
        Assert.Equal(
            own with
            {
                Pcpu = "h0/pcpu-2",
                Thread = "Blocked",
            },
            look.Vcpus.Single(vcpu => vcpu.Name == "vm/vcpu-0")
        );
    }

    [Fact]
    public void Two_requests_are_what_either_wants()
    {
        LookRequest both = new LookRequest(["h0", "h1"], ["h0/pcpu-0"], 3).And(
            new LookRequest(["h1", "h2"], [], 7)
        );
        Assert.Equal("h0 h1 h2", string.Join(' ', both.Hosts));
        Assert.Equal("h0/pcpu-0", string.Join(' ', both.Actors));
        Assert.Equal(7, both.Timers);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(500, 500)]
    [InlineData(501, 500)]
    [InlineData(int.MaxValue, 500)]
    public void Request_has_limits(int timers, int listed)
    {
        ImmutableArray<string> names = [.. Enumerable.Range(0, 100).Select(index => $"h{index}")];
        LookRequest limited = LookRequest.Sums.And(new LookRequest(names, names, timers));
        Assert.Equal(listed, limited.Timers);
        Assert.Equal(LookRequest.MaxNames, limited.Hosts.Length);
        Assert.Equal(LookRequest.MaxNames, limited.Actors.Length);
        Assert.Equal("h63", limited.Hosts[^1]);
    }
}
