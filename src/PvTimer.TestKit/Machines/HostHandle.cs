using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Costs;
using PvTimer.Model.Guests;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Scenarios;

namespace PvTimer.TestKit.Machines;

/// <summary>A physical host of a script, with what is on it when the script begins.</summary>
public sealed class HostHandle
{
    private readonly Script _script;

    internal HostHandle(Script script, int index)
    {
        _script = script;
        Index = index;
        Kthread = new KthreadHandle(index, script);
        Pcpus =
        [
            .. Enumerable
                .Range(0, script.HostSettings.Cpus)
                .Select(pcpu => new PcpuHandle(index, pcpu, script)),
        ];
    }

    /// <inheritdoc cref="Script.ThrowIfOther"/>
    internal void ThrowIfOther(Script script) => script.ThrowIfOther(_script);

    /// <summary>Its number, from 0.</summary>
    public int Index { get; }

    /// <summary>"h0".</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"h{Index}");

    /// <summary>What things cost here.</summary>
    public CostProfile Costs => _script.Scenario.HostOf(Index).Costs;

    public ImmutableArray<PcpuHandle> Pcpus { get; }

    /// <summary>The timer kthread; there is none without a dedicated pCPU or on back-end hrtimer.</summary>
    public KthreadHandle Kthread { get; }

    /// <summary>The dedicated pCPU.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public PcpuHandle TimerCpu =>
        _script.HostSettings.TimerCpu is { } cpu
            ? Pcpu(cpu)
            : throw new InvalidOperationException($"{Name} has no dedicated pCPU");

    /// <summary>The VMs that begin here, in the order in which they were added.</summary>
    public IEnumerable<VmHandle> Vms => _script.VmsOn(Index);

    /// <summary>One of its pCPUs, from 0.</summary>
    public PcpuHandle Pcpu(int index) =>
        index >= 0 && index < Pcpus.Length
            ? Pcpus[index]
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                $"{Name} has no pcpu-{index}; accepted: 0 to {Pcpus.Length - 1}"
            );

    /// <summary>One of the vCPUs of all its VMs, counted from 0 in the order of the VMs.</summary>
    public VcpuHandle Vcpu(int index)
    {
        VcpuHandle[] vcpus = [.. Vms.SelectMany(vm => vm.Vcpus)];
        return index >= 0 && index < vcpus.Length
            ? vcpus[index]
            : throw new ArgumentOutOfRangeException(
                nameof(index),
                $"{Name} has no vCPU {index}; accepted: 0 to {vcpus.Length - 1}"
            );
    }

    /// <summary>Adds a VM, before the clock moves for the first time.</summary>
    /// <param name="name">Its instance is called name-0.</param>
    /// <param name="vcpus">At least 1.</param>
    /// <param name="guest">What each vCPU does; null: what it is told.</param>
    /// <param name="pins">For each vCPU its pCPU; null: the least used ones.</param>
    /// <param name="options">Its TSC, its LAPICs' clock, its CPU quota; null: as usual.</param>
    public VmHandle AddVm(
        string name,
        int vcpus = 1,
        GuestDescription? guest = null,
        ImmutableArray<int>? pins = null,
        VmOptions? options = null
    ) =>
        _script.AddVm(
            this,
            name,
            vcpus,
            guest ?? new CommandedGuest(),
            pins,
            options ?? new VmOptions()
        );

    /// <summary>It is not as the other hosts are; said before the clock moves for the first time.</summary>
    /// <param name="tsc">The rate of its TSC; null: as before, like all others.</param>
    /// <param name="costs">What things cost here.</param>
    /// <param name="haltPoll">KVM's `halt_poll_ns`.</param>
    /// <param name="timerAdvance">KVM's `lapic_timer_advance_ns`; it is not tuned then.</param>
    /// <param name="tunesTimerAdvance">KVM tunes the advance of each vCPU; null: as before, like all others.</param>
    /// <param name="backend">That of VMs without one of their own while they are there; a guest must not be able to tell.</param>
    /// <exception cref="ArgumentException">The timer advance is tuned, and given as well.</exception>
    public void Differ(
        TscFrequency? tsc = null,
        CostProfile? costs = null,
        VirtualDuration? haltPoll = null,
        VirtualDuration? timerAdvance = null,
        bool? tunesTimerAdvance = null,
        TimerBackend? backend = null
    ) =>
        _script.Differ(
            Index,
            host =>
            {
                bool tunes = tunesTimerAdvance ?? (timerAdvance is null && host.TunesTimerAdvance);
                VirtualDuration fixedAdvance = host.TunesTimerAdvance
                    ? VirtualDuration.Zero
                    : host.TimerAdvance;
                return new OtherHostSettings(
                    Index,
                    tsc ?? host.Tsc,
                    costs ?? host.Costs,
                    haltPoll ?? host.HaltPoll,
                    tunes
                        ? Description.Advance(timerAdvance ?? VirtualDuration.Zero, isTuned: true)
                        : timerAdvance ?? fixedAdvance
                )
                {
                    TunesTimerAdvance = tunes,
                    Backend = backend ?? host.Backend,
                };
            }
        );
}
