using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Formats.Lateness;
using PvTimer.Model.Guests;
using PvTimer.Model.Reports;
using PvTimer.Scenarios;

namespace PvTimer.Experiments;

/// <summary>
/// The lateness that the trace's own host showed, beside the emulated one: of the interrupts that the replay has
/// come to, and no others. A run that is shorter than its recording is compared with so much of it.
/// </summary>
/// <param name="Lateness">
/// As recorded, of all replayed VMs; see <see cref="IsRelative"/> for what it counts from.
/// </param>
/// <param name="Distance">
/// Kolmogorov-Smirnov distance of the emulated from the recorded lateness, 0 to 1; null if one of them is empty.
/// </param>
/// <param name="IsRelative">
/// A recording tells its latenesses only relative to its smallest. Then those of every recording are, and the
/// emulated ones are compared relative to their own smallest.
/// </param>
public sealed record RecordedComparison(
    ExactDistribution Lateness,
    double? Distance,
    bool IsRelative
)
{
    /// <summary>Where the recorded latenesses end; null: not all recordings of the run have the same end.</summary>
    public LatenessEnd? LatenessEnd { get; init; }

    /// <summary>The VM-exits that were recorded beside them.</summary>
    public RecordedExits Exits { get; init; } = new([], ExceedReplay: false);

    /// <summary>Null if no trace was replayed.</summary>
    /// <param name="scenario">What was run.</param>
    /// <param name="report">Its numbers, on one back-end.</param>
    internal static RecordedComparison? Of(Scenario scenario, MachineReport report)
    {
        if (!scenario.Replays)
        {
            return null;
        }
        Dictionary<string, long> stepsByVcpu = report
            .Vcpus.Where(vcpu => vcpu.Replay is not null)
            .ToDictionary(vcpu => vcpu.Name, vcpu => vcpu.Replay!.Steps, StringComparer.Ordinal);
        bool relative = scenario.Vms.Any(vm =>
            vm.Guest is TraceGuest { Recording.Reference.IsRelative: true }
        );
        ExactDistribution recorded = new();
        foreach (
            var vm in scenario
                .Instances.Where(vm => vm.Of.Guest is TraceGuest)
                .GroupBy(vm => vm.Of, vm => vm.Name)
        )
        {
            ExactDistribution own = Replayed((TraceGuest)vm.Key.Guest, [.. vm], stepsByVcpu);
            recorded.AddAll(relative ? own.RelativeToSmallest() : own);
        }
        double? distance =
            recorded.Count > 0 && report.Lateness.Count > 0
                ? KolmogorovSmirnov.Distance(
                    recorded,
                    relative ? report.Lateness.RelativeToSmallest() : report.Lateness
                )
                : null;
        return new RecordedComparison(recorded, distance, relative)
        {
            LatenessEnd = EndOf(scenario),
            Exits = RecordedExits.Of(scenario),
        };
    }

    private static LatenessEnd? EndOf(Scenario scenario)
    {
        LatenessEnd[] ends =
        [
            .. scenario
                .Vms.Select(vm => vm.Guest)
                .OfType<TraceGuest>()
                .Select(guest => guest.Recording.LatenessEnd)
                .Distinct(),
        ];
        return ends.Length == 1 ? ends[0] : null;
    }

    /// <summary>The recorded latenesses of the interrupts that a VM's instances have come to.</summary>
    /// <param name="guest">What was replayed.</param>
    /// <param name="instances">Names of the VMs that replayed it.</param>
    /// <param name="stepsByVcpu">
    /// How many of its recorded steps each vCPU has come to; none that a script's probe stands for.
    /// </param>
    private static ExactDistribution Replayed(
        TraceGuest guest,
        ImmutableArray<string> instances,
        Dictionary<string, long> stepsByVcpu
    )
    {
        ExactDistribution recorded = new();
        ILookup<int, LatenessSample> samples = RecordedLateness
            .Of(guest.Recording)
            .ToLookup(sample => sample.Vcpu);
        for (int vcpu = 0; vcpu < guest.Recording.Vcpus.Length; vcpu++)
        {
            ImmutableArray<RecordedStep> steps = guest.Recording.Vcpus[vcpu];
            string suffix = FormattableString.Invariant($"/vcpu-{vcpu}");
            ImmutableArray<long> reached =
            [
                .. instances.Select(vm => stepsByVcpu.GetValueOrDefault(vm + suffix)).Order(),
            ];
            int behind = 0;
            IEnumerable<int> places = Enumerable
                .Range(0, steps.Length)
                .Where(index => IsPaired(steps[index]));
            foreach ((int place, LatenessSample sample) in places.Zip(samples[vcpu]))
            {
                while (behind < reached.Length && reached[behind] <= place)
                {
                    behind++;
                }
                if (behind < reached.Length)
                {
                    recorded.Add(sample.Lateness, reached.Length - behind);
                }
            }
        }
        return recorded;
    }

    /// <summary>Of such an interrupt the lateness is known: one sample of <see cref="RecordedLateness"/>.</summary>
    private static bool IsPaired(RecordedStep step) =>
        step.Kind == RecordedStepKind.TimerInterrupt && step.Value != RecordedStep.NoWrite;
}
