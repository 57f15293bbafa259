using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Machines;

/// <summary>
/// Refuses a description that no scenario file could say, in the words of the scenario's reader: a scan period
/// of zero, a timer CPU that is not there, no pCPU left for vCPUs.
/// </summary>
internal static class DescriptionCheck
{
    /// <summary>Exploring describes the same machine again and again.</summary>
    private const int MostRemembered = 64;

    private static readonly ConcurrentDictionary<string, bool> s_accepted = new(
        StringComparer.Ordinal
    );

    /// <param name="scenario">
    /// Its events, thresholds and recordings are left aside; a machine without VMs yet has one added.
    /// </param>
    /// <exception cref="ArgumentException">It cannot be used; the message says what is accepted.</exception>
    public static void Accept(Scenario scenario) => Accept(scenario, events: []);

    /// <summary>
    /// What is done to the machine: whether it can be, and a scenario say so. What a guest is told, and what its registers
    /// and interrupts are, is looked at where it is said.
    /// </summary>
    /// <param name="scenario">With what has been done before.</param>
    /// <param name="happening">What is done now.</param>
    /// <exception cref="ArgumentException">It cannot be; the message says what is accepted.</exception>
    public static void Accept(Scenario scenario, EventSettings happening)
    {
        if (happening is CommandSettings or InterruptSettings or SetMsrSettings)
        {
            return;
        }
        // Where a VM is depends on its migrations, and on nothing else.
        IEnumerable<EventSettings> before = scenario.Events.Where(each => each is MigrateSettings);
        Accept(
            scenario,
            [.. before.Append(happening).Select(each => each with { At = VirtualDuration.Zero })]
        );
    }

    private static void Accept(Scenario scenario, ImmutableArray<EventSettings> events)
    {
        string text = ScenarioWriter.Write(
            scenario with
            {
                Duration = VirtualDuration.FromMilliseconds(1),
                Events = events,
                Thresholds = [],
                Vms = scenario.Vms.IsEmpty
                    ?
                    [
                        Description.Vm(
                            "vm",
                            vcpus: 1,
                            host: 0,
                            new CommandedGuest(),
                            pins: null,
                            new VmOptions()
                        ),
                    ]
                    : [.. scenario.Vms.Select(WithoutProgram)],
            }
        );
        if (s_accepted.ContainsKey(text))
        {
            return;
        }
        Read(text);
        if (s_accepted.Count >= MostRemembered)
        {
            s_accepted.Clear();
        }
        s_accepted[text] = true;
    }

    /// <summary>What a guest does is no part of its description, or a recording that has been read already.</summary>
    private static VmSettings WithoutProgram(VmSettings vm) =>
        vm.Guest is ProgrammedGuest or TraceGuest
            ? vm with
            {
                Guest = new CommandedGuest(),
                TraceFile = null,
            }
            : vm;

    private static void Read(string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            ScenarioReader.Read(file, []);
        }
        catch (ScenarioException refused)
        {
            // The place is one in a file that the script has never seen: what counts is the key.
            string[] parts = refused.Message.Split(": ", 2);
            throw new ArgumentException(parts[^1], paramName: null, refused);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
