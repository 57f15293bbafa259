using System.Linq;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Properties;

/// <summary>How large a script is.</summary>
/// <param name="Hosts">Its hosts.</param>
/// <param name="Vms">Instances of its VMs.</param>
/// <param name="Vcpus">The vCPUs of all of them.</param>
/// <param name="Events">What is done to the machine.</param>
/// <param name="Instructions">What guests are told, in all events together, handlers included.</param>
public sealed record ScriptSize(int Hosts, int Vms, int Vcpus, int Events, int Instructions)
{
    /// <summary>The size of a scenario.</summary>
    public static ScriptSize Of(Scenario scenario) =>
        new(
            scenario.Hosts,
            scenario.Instances.Count(),
            scenario.Instances.Sum(vm => vm.Of.Vcpus),
            scenario.Events.Length,
            scenario
                .Events.OfType<CommandSettings>()
                .Sum(command => command.Instructions.Length + (command.Handler?.Length ?? 0))
        );

    public override string ToString() =>
        $"{Said(Hosts, "host")}, {Said(Vms, "VM")}, {Said(Vcpus, "vCPU")}, {Said(Events, "event")}, {Said(Instructions, "instruction")}";

    private static string Said(int count, string what) =>
        $"{count} {what}{(count == 1 ? "" : "s")}";
}
