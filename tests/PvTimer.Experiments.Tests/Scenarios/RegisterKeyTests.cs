using System;
using PvTimer.Model.Backends;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Keys about a vCPU's registers: the TSC's offset, the order of restoring, IPIs of a commanded guest.</summary>
public sealed class RegisterKeyTests : IDisposable
{
    private const string Text = """
        scenario {
          name = registers, duration = 1ms, hosts = 1
          host { cpus = 2, costs = skylake, tsc = 1ghz, uptime = 1s }
          vms = [ { name = a, WHAT, guest { type = commanded } } ]
          events = [ { at = 1us, guest = a/vcpu-0, do = [ "DO" ] } ]
        }
        """;

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Scenario Read(string what, string does = "halt") =>
        _folder.Read(
            Text.Replace("WHAT", what, StringComparison.Ordinal)
                .Replace("DO", does, StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("tsc-offset = 0cycles", 1_000_000_000)]
    [InlineData("tsc-offset = -1000000000cycles", 0)]
    [InlineData("tsc-offset = -400000000cycles", 600_000_000)]
    [InlineData("tsc-offset = 77cycles", 1_000_000_077)]
    [InlineData("tsc-offset = -1cycles, tsc = 2ghz", 1_999_999_999)]
    public void Guests_tsc_begins_at_the_hosts_and_its_offset(string what, ulong at) =>
        Assert.Equal(
            at,
            MachineDescriptionBuilder
                .Build(Read(what), TimerBackends.Hrtimer)
                .Vms[0]
                .TscAtStart.Value
        );

    [Fact]
    public void Offset_below_the_hosts_tsc_is_refused_with_what_would_do()
    {
        ScenarioException refused = Assert.Throws<ScenarioException>(() =>
            Read("tsc-offset = -1000000001cycles")
        );
        Assert.Contains("1 cycles below 0", refused.Message, StringComparison.Ordinal);
        Assert.Contains("-1000000000cycles", refused.Message, StringComparison.Ordinal);
        Assert.Contains("host.uptime", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Registers_are_restored_in_the_order_that_is_said_else_in_qemus()
    {
        Assert.Equal("Lapic, Tsc, Msrs", string.Join(", ", Read("count = 1").Vms[0].RestoreOrder));
        Assert.Equal(
            "Msrs, Lapic, Tsc",
            string.Join(", ", Read("restore-order = [msrs, lapic, tsc]").Vms[0].RestoreOrder)
        );
    }

    [Theory]
    [InlineData("[lapic, tsc]")]
    [InlineData("[lapic, tsc, tsc]")]
    [InlineData("[lapic, tsc, msrs, msrs]")]
    [InlineData("[lapic, tsc, page]")]
    public void Order_without_one_of_the_steps_is_refused(string order) =>
        Assert.Contains(
            "lapic, tsc and msrs in any order",
            Assert.Throws<ScenarioException>(() => Read($"restore-order = {order}")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("write-msr 0x830 0x100000200", "delivery mode 2")]
    [InlineData("write-msr 0x830 0x700", "delivery mode 7")]
    [InlineData("write-msr 0x830", "is no instruction")]
    public void Ipi_that_the_machine_does_not_have_is_refused(string instruction, string why) =>
        Assert.Contains(
            why,
            Assert.Throws<ScenarioException>(() => Read("count = 1", instruction)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("0x12", "0", "no register 0x12", "0x10 (TSC)")]
    [InlineData("0x830", "0", "no register 0x830", "0x6e0 (TSC_DEADLINE)")]
    [InlineData("0x838", "0x100000000", "reserved bits of 0x838", "without reserved bits")]
    [InlineData("0x1b", "0xfee00400", "reserved bits of 0x1b", "without reserved bits")]
    public void Register_that_userspace_cannot_set_is_refused(
        string msr,
        string value,
        string why,
        string accepted
    )
    {
        ScenarioException refused = Assert.Throws<ScenarioException>(() =>
            _folder.Read(
                ScenarioFolder.Plain.Replace(
                    "duration",
                    $"events = [ {{ at = 1ms, set-msr = web/vcpu-0, msr = {msr}, value = {value} }} ], duration",
                    StringComparison.Ordinal
                )
            )
        );
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.Contains(accepted, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("write-msr 0x830 0x100000400")] // NMI
    [InlineData("write-msr 0x830 0x100004500")] // INIT
    [InlineData("write-msr 0x830 0x10000069a")] // start-up
    [InlineData("write-msr 0x830 0x1000c00f1")]
    public void Ipi_that_the_machine_has_is_read(string instruction) =>
        Assert.Single(Read("count = 1", instruction).Events);
}
