using System;
using System.IO;

namespace PvTimer.Cli.Tests;

/// <summary>pvtimer trace recipe, and the page that explains it.</summary>
public sealed class RecipeCommandTests : IDisposable
{
    private readonly CommandLine _pvtimer = new();

    public void Dispose() => _pvtimer.Dispose();

    [Theory]
    [InlineData("guest", "ftrace", "msr/write_msr")]
    [InlineData("guest", "trace-cmd", "-e msr:write_msr")]
    [InlineData("guest", "perf", "-e msr:write_msr")]
    [InlineData("host", "ftrace", "kvm/kvm_inj_virq")]
    [InlineData("host", "trace-cmd", "-e kvm:kvm_inj_virq")]
    [InlineData("host", "perf", "-e kvm:kvm_inj_virq")]
    public void Recipe_is_the_one_of_the_page(string side, string tool, string records)
    {
        _pvtimer.Succeed("trace", "recipe", "--side", side, "--tool", tool);

        string page = File.ReadAllText(CommandLine.Repository("config/traces/RECORDING.md"));
        Assert.Contains($"```sh\n{_pvtimer.Output}```\n", page, StringComparison.Ordinal);
        Assert.Contains(records, _pvtimer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_is_ftraces_in_the_guest_unless_another_is_asked_for()
    {
        _pvtimer.Succeed("trace", "recipe");
        string first = _pvtimer.Output;
        _pvtimer.Succeed("trace", "recipe", "--side", "guest", "--tool", "ftrace");

        Assert.Equal(first, _pvtimer.Output);
    }

    [Theory]
    [InlineData("--side", "hypervisor", "accepted: guest, host")]
    [InlineData("--tool", "strace", "accepted: ftrace, trace-cmd, perf")]
    public void Recipe_for_what_there_is_none_is_refused(string option, string word, string forms)
    {
        Assert.Equal(2, _pvtimer.Run("trace", "recipe", option, word));
        Assert.Contains(forms, _pvtimer.Error, StringComparison.Ordinal);
        Assert.Contains(option, _pvtimer.Error, StringComparison.Ordinal);
    }
}
