using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Migration;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;
using PvTimer.TestKit;
using PvTimer.TestKit.Machines;
using PvTimer.TestKit.Properties;
using Xunit.Abstractions;

namespace PvTimer.Scenarios.Tests.Properties;

/// <summary>Whatever a scenario's keys say of a host or a VM, a script can say, too; or the reason stands here.</summary>
public sealed class KitOptionsSpec(ITestOutputHelper output) : PvTimerTestKit(output)
{
    private static readonly Dictionary<string, string> NotOfHosts = new(StringComparer.Ordinal)
    {
        ["Cpus"] = "Pcpus in a script",
        ["Noise"] = "SimpleCosts have none to switch on",
        ["Uptime"] =
            "TSCs of a script's hosts begin at 0; guests' are offset, so that an offset forgotten shows",
    };

    private static readonly Dictionary<string, string> NotOfOtherHosts = new(StringComparer.Ordinal)
    {
        ["Host"] = "the handle that it is said to",
    };

    private static readonly Dictionary<string, string> NotOfVms = new(StringComparer.Ordinal)
    {
        ["Count"] = "a script adds each VM by itself",
        ["Host"] = "the handle of the host that it is added to",
        ["Pin"] = "pins are listed, or spread",
        ["PinList"] = "the argument pins",
        ["TscOffset"] = "fixed: guests' TSCs do not begin at 0",
        ["MoveEvery"] = "a script moves vCPUs itself: MoveTo",
        ["RestoreOrder"] = "a scenario's only: scripts restore in the usual order",
        ["TraceFile"] = "scripts replay no recordings",
        ["TraceChoice"] = "scripts replay no recordings",
    };

    [Fact]
    public void Host_key_is_an_option_of_a_script_or_has_a_reason() =>
        AssertSaid(typeof(HostSettings), PropertiesOf(typeof(HostOptions)), NotOfHosts);

    [Fact]
    public void Key_of_a_host_that_differs_is_an_argument_of_a_script_or_has_a_reason() =>
        AssertSaid(
            typeof(OtherHostSettings),
            ArgumentsOf(typeof(HostHandle), nameof(HostHandle.Differ)),
            NotOfOtherHosts
        );

    [Fact]
    public void Vm_key_is_an_option_of_a_script_or_has_a_reason() =>
        AssertSaid(
            typeof(VmSettings),
            PropertiesOf(typeof(VmOptions))
                .Concat(ArgumentsOf(typeof(HostHandle), nameof(HostHandle.AddVm))),
            NotOfVms
        );

    /// <summary>What a script said is in its scenario, or the script that is written of that would not have it.</summary>
    [Theory]
    [MemberData(nameof(Switches))]
    public void Switch_of_a_script_is_in_the_csharp_of_its_scenario(Type type, string name)
    {
        VmOptions vm = new();
        HostOptions host = new() { Backend = TimerBackends.Hrtimer };
        object options = type == typeof(VmOptions) ? vm : host;
        PropertyInfo property = type.GetProperty(name)!;
        bool other = !(bool)property.GetValue(options)!;
        property.SetValue(options, other);
        Host(host).AddVm("vm", options: vm);
        Assert.Contains(
            other ? $"{name} = true" : $"{name} = false",
            ScriptText.Write(ToScenario()),
            StringComparison.Ordinal
        );
    }

    public static TheoryData<Type, string> Switches()
    {
        TheoryData<Type, string> all = [];
        foreach (
            PropertyInfo property in new[] { typeof(VmOptions), typeof(HostOptions) }
                .SelectMany(type => type.GetProperties())
                .Where(property => property.PropertyType == typeof(bool))
        )
        {
            all.Add(property.DeclaringType!, property.Name);
        }
        return all;
    }

    /// <summary>Whatever a script says of its hosts is in the script that is written of its scenario.</summary>
    [Fact]
    public void Option_of_a_host_is_in_the_csharp_of_its_scenario()
    {
        HostOptions unusual = new()
        {
            Seed = 7,
            Pcpus = 4,
            Sockets = 2,
            Distances = new SocketDistances([
                [10, 32],
                [32, 10],
            ]),
            TimerCpu = 2,
            TimerCpuShared = true,
            Backend = TimerBackends.Hrtimer,
            PvTimer = PvTimerParameters.AsPosted,
            Costs = SimpleCosts.Ideal,
            HaltPoll = 3.Microseconds(),
            HaltPolling = new HaltPolling(3, 5.Microseconds(), 2),
            TimerAdvance = 1.Microseconds(),
            HvTimer = true,
            Tsc = TscFrequency.FromMegahertz(3_000),
            Migration = new MigrationParameters { MaxRounds = 9 },
            NetworkLatency = 90.Microseconds(),
        };
        HostOptions usual = new();
        Hosts(2, unusual)[0].AddVm("vm");
        string script = ScriptText.Write(ToScenario());
        foreach (PropertyInfo property in typeof(HostOptions).GetProperties())
        {
            if (property.Name == nameof(HostOptions.TunesTimerAdvance))
            {
                // Instead of the one that is given.
                continue;
            }
            Assert.NotEqual(property.GetValue(usual), property.GetValue(unusual));
            Assert.Contains($"{property.Name} = ", script, StringComparison.Ordinal);
        }
        Assert.Contains(
            "new SocketDistances([[10, 32], [32, 10]])",
            script,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "new HaltPolling(3, 5.Microseconds(), 2)",
            script,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Timer_advance_is_given_or_tuned()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() =>
            Host(new HostOptions { TimerAdvance = 1.Microseconds(), TunesTimerAdvance = true })
        );
        Assert.Contains("accepted is one of the two", refused.Message, StringComparison.Ordinal);
    }

    private static void AssertSaid(
        Type settings,
        IEnumerable<string> said,
        Dictionary<string, string> reasons
    )
    {
        string[] keys = [.. PropertiesOf(settings)];
        HashSet<string> words = new(said, StringComparer.OrdinalIgnoreCase);
        Assert.NotEmpty(words);
        string[] unsaid = [.. keys.Where(key => !words.Contains(key) && !reasons.ContainsKey(key))];
        string[] needless =
        [
            .. reasons.Keys.Where(key =>
                words.Contains(key) || !keys.Contains(key, StringComparer.Ordinal)
            ),
        ];
        Assert.Empty(unsaid);
        Assert.Empty(needless);
    }

    /// <summary>Those that can be set.</summary>
    private static IEnumerable<string> PropertiesOf(Type type) =>
        type.GetProperties()
            .Where(property => property.SetMethod is { IsStatic: false })
            .Select(property => property.Name);

    private static IEnumerable<string> ArgumentsOf(Type type, string method) =>
        type.GetMethod(method)!.GetParameters().Select(argument => argument.Name!);
}
