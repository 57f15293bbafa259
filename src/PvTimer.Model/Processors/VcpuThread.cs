using PvTimer.Model.Collections;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Processors;

/// <summary>Where a vCPU's thread stands, as its pCPU sees it.</summary>
public enum VcpuRunState
{
    /// <summary>In guest mode, or on the way in or out.</summary>
    InGuest,

    /// <summary>Out of guest mode; KVM handles the exit.</summary>
    Exiting,

    /// <summary>Halted; KVM polls for a wake-up before it gives the pCPU away.</summary>
    Polling,

    /// <summary>Halted; off the pCPU until something wakes it.</summary>
    Blocked,

    /// <summary>Waits in the run queue for the pCPU.</summary>
    Runnable,
}

/// <summary>A vCPU's thread on the host: what the scheduler keeps for it, and KVM's vCPU.</summary>
internal sealed class VcpuThread(KvmVcpu kvm, HostTimer timer) : IStateful
{
    /// <summary>What KVM keeps of the vCPU.</summary>
    public KvmVcpu Kvm { get; } = kvm;

    /// <summary>The vCPU's entity.</summary>
    public EntityId Vcpu => Kvm.Id;

    /// <summary>What its pCPU does with its timer.</summary>
    public HostTimer Timer { get; } = timer;

    public VcpuRunState State { get; set; } = VcpuRunState.Runnable;

    /// <summary>When it was put on the pCPU last.</summary>
    public VirtualTime RunningSince { get; set; }

    /// <summary>When it was put into the run queue last.</summary>
    public VirtualTime RunnableSince { get; set; }

    /// <summary>cpu.weight of its control group.</summary>
    public int Weight { get; init; } = CpuWeight.Usual;

    /// <summary>The host polls before it gives the pCPU away; otherwise the guest has polled itself.</summary>
    public bool HaltPolls { get; init; } = true;

    /// <summary>Pick order of the run queue: time spent on a pCPU, by its weight.</summary>
    public VirtualDuration VirtualRuntime { get; set; }

    /// <summary>Move it there as soon as it is out of guest mode.</summary>
    public EntityId? MoveTo { get; set; }

    /// <summary>Give it up as soon as it is out of guest mode: its VM is stopped.</summary>
    public bool Stops { get; set; }

    /// <summary>It runs, and has used up its quota.</summary>
    public bool IsThrottled { get; set; }

    /// <summary>What it may use of its pCPU; null: as much as it gets.</summary>
    public CpuBudget? Budget { get; set; }

    /// <summary>It cannot stay on the pCPU.</summary>
    public bool Leaves => Stops || Kvm.IsPaused || MoveTo is not null;

    /// <summary>It is off the pCPU, and nothing is about to have it run.</summary>
    public bool Sleeps => State == VcpuRunState.Blocked && !Kvm.WakePending && !Kvm.IsPaused;

    public VcpuThreadState Freeze(Hrtimer? timer) =>
        new(
            Vcpu,
            Kvm.Entry,
            Kvm.Expired,
            Kvm.ArmedOn,
            Kvm.WakePending,
            Kvm.CanTimerWake,
            Kvm.Halted,
            Kvm.HaltedAt,
            Kvm.HaltPollWindow,
            VirtualRuntime,
            Kvm.PausedUntil,
            Budget,
            Kvm.InHardware,
            Kvm.TimerStaysInHost,
            timer
        )
        {
            TunedAdvance = Kvm.TunedAdvance,
            AskedIn = Kvm.AskedIn,
        };

    public static VcpuThread Thaw(
        VcpuThreadState state,
        HostTimer timer,
        int weight,
        bool haltPolls
    )
    {
        KvmVcpu kvm = new(state.Vcpu)
        {
            Entry = state.Entry,
            Expired = state.Expired,
            ArmedOn = state.ArmedOn,
            WakePending = state.WakePending,
            CanTimerWake = state.CanTimerWake,
            Halted = state.Halted,
            HaltedAt = state.HaltedAt,
            HaltPollWindow = state.HaltPollWindow,
            PausedUntil = state.PausedUntil,
            InHardware = state.InHardware,
            TimerStaysInHost = state.TimerStaysInHost,
            TunedAdvance = state.TunedAdvance,
            AskedIn = state.AskedIn,
        };
        return new VcpuThread(kvm, timer)
        {
            Weight = weight,
            HaltPolls = haltPolls,
            State = state.Halted ? VcpuRunState.Blocked : VcpuRunState.Runnable,
            VirtualRuntime = state.VirtualRuntime,
            Budget = state.Budget,
        };
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        State = state.Enumeration(State);
        Kvm.Transfer(state);
        RunningSince = state.Value(RunningSince);
        RunnableSince = state.Value(RunnableSince);
        VirtualRuntime = state.Value(VirtualRuntime);
        MoveTo = state.Optional(MoveTo, static (s, pcpu) => s.Value(pcpu));
        Stops = state.Value(Stops);
        Budget = state.Optional(Budget, CpuBudget.Transfer);
        IsThrottled = state.Value(IsThrottled);
    }

    /// <summary>A reference to one of a pCPU's threads, as the id of its vCPU.</summary>
    public static VcpuThread Transfer(
        StateTransfer state,
        VcpuThread? thread,
        in EntityMap<VcpuThread> threads
    )
    {
        EntityId vcpu = state.Value(thread?.Vcpu ?? default);
        return threads.TryGet(vcpu, out VcpuThread? found)
            ? found
            : throw state.Damaged($"vCPU {vcpu} has no thread here");
    }
}
