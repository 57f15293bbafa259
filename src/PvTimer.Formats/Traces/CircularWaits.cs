using System.Collections.Generic;
using System.Collections.Immutable;
using PvTimer.Model.Apic;
using PvTimer.Model.Guests;

namespace PvTimer.Formats.Traces;

/// <summary>
/// Finds where vCPUs that are replayed would wait for each other's IPIs for ever, and breaks each such circle at
/// its earliest recorded interrupt: that one comes at its recorded time, as a device's does.
/// </summary>
/// <remarks>
/// Each vCPU takes its steps in order; only an IPI's interrupt makes it wait, for a write of another one (or
/// of its own). What a vCPU waits for depends on how many writes have been made, and that number only
/// grows: so whichever runs first, all come equally far, and one run without time finds every circle
/// that the replay on any back-end would end in.
/// <code>
///   vCPU 0   [IPI]  write -> 1        each waits for the other's write, which is behind its own wait
///   vCPU 1   [IPI]  write -> 0
/// </code>
/// </remarks>
internal sealed class CircularWaits
{
    private const int Vectors = 256;

    private readonly ImmutableArray<List<RecordedStep>> _vcpus;
    private readonly ImmutableArray<uint> _apicIds;
    private readonly int[] _next;

    /// <summary>By vCPU and vector: IPIs that came, less those that recorded interrupts answered.</summary>
    private readonly long[] _credits;
    private readonly Stack<int> _ready = new();

    private CircularWaits(ImmutableArray<List<RecordedStep>> vcpus, ImmutableArray<uint> apicIds)
    {
        _vcpus = vcpus;
        _apicIds = apicIds;
        _next = new int[vcpus.Length];
        _credits = new long[vcpus.Length * Vectors];
    }

    /// <summary>Breaks all circles in the steps; how many waits it broke.</summary>
    /// <param name="vcpus">By vCPU its steps, IPIs matched.</param>
    /// <param name="apicIds">By vCPU its x2APIC id.</param>
    public static long Break(
        ImmutableArray<List<RecordedStep>> vcpus,
        ImmutableArray<uint> apicIds
    ) => new CircularWaits(vcpus, apicIds).Break();

    private long Break()
    {
        for (int vcpu = _vcpus.Length - 1; vcpu >= 0; vcpu--)
        {
            _ready.Push(vcpu);
        }
        long broken = 0;
        while (true)
        {
            while (_ready.TryPop(out int vcpu))
            {
                Run(vcpu);
            }
            if (EarliestWait() is not { } waiting)
            {
                return broken;
            }
            int step = _next[waiting];
            _vcpus[waiting][step] = _vcpus[waiting][step] with
            {
                Kind = RecordedStepKind.BrokenIpiInterrupt,
            };
            broken++;
            _ready.Push(waiting);
        }
    }

    /// <summary>Lets a vCPU take its steps until it has to wait, or is done.</summary>
    private void Run(int vcpu)
    {
        List<RecordedStep> steps = _vcpus[vcpu];
        for (; _next[vcpu] < steps.Count; _next[vcpu]++)
        {
            RecordedStep step = steps[_next[vcpu]];
            switch (step.Kind)
            {
                case RecordedStepKind.SendIpi:
                    Send(vcpu, new InterruptCommand(step.Value));
                    break;
                case RecordedStepKind.IpiInterrupt when CreditsOf(vcpu, step) <= 0:
                    return;
                case RecordedStepKind.IpiInterrupt:
                case RecordedStepKind.BrokenIpiInterrupt:
                    CreditsOf(vcpu, step) -= step.Answers;
                    break;
                default:
                    break;
            }
        }
    }

    private void Send(int sender, InterruptCommand command)
    {
        foreach (int target in command.Destinations(sender, _apicIds))
        {
            _credits[target * Vectors + command.Vector]++;
            if (target != sender && WaitsFor(target) == command.Vector)
            {
                _ready.Push(target);
            }
        }
    }

    /// <summary>The vector that a vCPU's next step waits for; null: it is done, or waits for none.</summary>
    private ulong? WaitsFor(int vcpu)
    {
        bool waits =
            _next[vcpu] < _vcpus[vcpu].Count
            && _vcpus[vcpu][_next[vcpu]].Kind == RecordedStepKind.IpiInterrupt;
        return waits ? _vcpus[vcpu][_next[vcpu]].Value : null;
    }

    private int? EarliestWait()
    {
        int? earliest = null;
        for (int vcpu = 0; vcpu < _vcpus.Length; vcpu++)
        {
            if (
                _next[vcpu] < _vcpus[vcpu].Count
                && (
                    earliest is not { } other
                    || _vcpus[vcpu][_next[vcpu]].At < _vcpus[other][_next[other]].At
                )
            )
            {
                earliest = vcpu;
            }
        }
        return earliest;
    }

    private ref long CreditsOf(int vcpu, RecordedStep ipi) =>
        ref _credits[vcpu * Vectors + (int)ipi.Value];
}
