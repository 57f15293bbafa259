using System;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Scenarios;

/// <summary>A scenario on one line, as people write it into reports: commas behind sections are HOCON.</summary>
public sealed class OneLineTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("host { cpus = 4, costs = skylake }, vms = [ VM, OTHER ]")]
    [InlineData("host = { cpus = 4, costs = skylake }, vms = [ VM, OTHER ]")]
    [InlineData("host { cpus = 4, costs = skylake } , # }, {\n vms = [ VM\n, OTHER ]")]
    [InlineData(
        "vms = [ VM, OTHER ], host { cpus = 4, costs = skylake }, pvtimer { padding = 1cycles }, hosts = 1"
    )]
    public void Sections_on_one_line_are_read(string fields)
    {
        Scenario scenario = _folder.Read(
            $"scenario {{ name = \"one line\", duration = 1ms, {fields} }}"
                .Replace(
                    "VM",
                    "{ name = a, guest { type = idle, period = 1ms }, vcpus = 2 }",
                    StringComparison.Ordinal
                )
                .Replace(
                    "OTHER",
                    "{ name = b, guest { type = commanded }, idle = halt }",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal("one line", scenario.Name);
        Assert.Equal(4, scenario.Host.Cpus);
        Assert.Equal((2, 1), (scenario.Vms[0].Vcpus, scenario.Vms[1].Vcpus));
        Assert.Equal(2, scenario.Vms.Length);
    }
}
