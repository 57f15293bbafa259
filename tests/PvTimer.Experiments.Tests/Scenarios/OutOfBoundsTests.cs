using System;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>Quantities that would overflow, alone or multiplied, are refused before a run.</summary>
public sealed class OutOfBoundsTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "vms.0.guest.period=9000000000s",
        "'9000000000s' is too long",
        "31536000s (365 days)"
    )]
    [InlineData("vms.0.guest.period=99999999999999999999s", "is too long", "31536000s (365 days)")]
    [InlineData("duration=5000000000000000000ns", "is too long", "31536000s (365 days)")]
    [InlineData("host.tsc=99999999999999999999ghz", "is too fast", "100ghz")]
    [InlineData("migration.memory=99999999999999gib", "is too much", "65536gib")]
    [InlineData("network.bandwidth=99999999999999gib/s", "is too fast", "1000gbit/s")]
    [InlineData(
        "pvtimer.padding=99999999999999999999cycles",
        "too many cycles",
        "4611686018427387904cycles"
    )]
    public void Quantity_that_does_not_fit_is_too_great_and_not_unknown(
        string set,
        string what,
        string accepted
    )
    {
        string message = Refusal(set);

        Assert.StartsWith(
            $"--set: scenario.{set.Split('=')[0]}: ",
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.EndsWith(accepted, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recorded_input_with_more_than_2_to_the_63_of_cpu_time_is_refused_at_its_line()
    {
        string file = ScenarioFolder.Repository("tests/Field/model/last-edge-dur-50.conf");

        var error = Assert.Throws<ScenarioException>(() => ScenarioReader.Read(file, []));

        Assert.Contains(
            "last-edge-dur-50.conf:2: scenario.duration: '5000000000000000000ns' is too long",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(293, "host.cpus=293")]
    [InlineData(80_000, "host.cpus=8", "hosts=10000")]
    [InlineData(8_192, "vms.0.count=4096", "vms.0.vcpus=2")]
    public void Duration_times_pcpus_or_vcpus_stays_below_2_to_the_63_ns(
        long processors,
        params string[] sets
    )
    {
        long longest = long.MaxValue / processors;

        Scenario accepted = _folder.Read(ScenarioFolder.Plain, [.. sets, Duration(longest)]);
        string message = Refusal([.. sets, Duration(longest + 1)]);

        Assert.Equal(longest, accepted.Duration.Nanoseconds);
        Assert.Contains(
            FormattableString.Invariant($"the times of {processors} processors sum to 2^63 ns"),
            message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"at most {Units.Write(VirtualDuration.FromNanoseconds(longest))}",
            message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("scenario.hosts: 40960000 pCPUs on all hosts", "hosts=10000", "host.cpus=4096")]
    [InlineData(
        "scenario.vms: 16777217 vCPUs in all VMs",
        "vms.0.count=4096",
        "vms.0.vcpus=4096",
        "vms.1={ name = last, guest { type = idle } }"
    )]
    public void More_processors_than_can_be_numbered_are_refused(
        string what,
        params string[] sets
    ) => Assert.Contains(what, Refusal(sets), StringComparison.Ordinal);

    private static string Duration(long nanoseconds) =>
        FormattableString.Invariant($"duration={nanoseconds}ns");

    private string Refusal(params string[] sets) =>
        Assert.Throws<ScenarioException>(() => _folder.Read(ScenarioFolder.Plain, sets)).Message;
}
