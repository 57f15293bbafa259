using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>
/// The protocol of the shared page, of the real entities and parts, with nothing but their own rules between what
/// happens: two vCPUs, their pCPUs, the dedicated CPU and its kthread. Latencies and costs decide nothing: what is under
/// way arrives, and who can act acts, in every order that hardware allows, within a slack.
/// </summary>
/// <remarks>
/// <code>
///   pCPU 0, pCPU 1     PvHostTimer, hrtimers      channels are first in, first out, one for each sender and receiver
///   pCPU 2             TimerCpu, hrtimers         pCPU 2 and the kthread are one CPU: they call each other
///   kthread 3          TimerKthread               an exchange holds its issuer until the other side sees it
///   vCPU 4, vCPU 5     PvGuestTimer, Lapic        an IPI leaves behind its sender's stores
/// </code>
/// </remarks>
internal sealed partial class ProtocolMachine : IStateful
{
    public const int TimerPcpu = 2;
    public const int FirstVcpu = 4;
    private const int Kthread = 3;

    /// <summary>Far enough from zero, which means "none" to many fields.</summary>
    private const long Beginning = 1_000;

    private readonly ImmutableArray<Outbox> _outboxes;
    private readonly Queue<(int Target, Message Message)> _calls = new();
    private readonly List<Parcel> _parcels = [];
    private readonly TimerKthread _kthread;
    private Message? _kthreadStep;
    private bool _isSyncStepDue;
    private int _operationsLeft;

    public ProtocolMachine(ProtocolBounds bounds)
    {
        Bounds = bounds;
        Host = HostOf(bounds);
        _outboxes =
        [
            .. Enumerable.Range(0, FirstVcpu + bounds.Vcpus).Select(id => new Outbox(this, id)),
        ];
        GuestVcpus =
        [
            .. Enumerable.Range(0, bounds.Vcpus).Select(index => new ProtocolVcpu(this, index)),
        ];
        TimerCpu = new ProtocolTimerCpu(this, TimerPcpu);
        Pcpus = [new ProtocolPcpu(this, 0), new ProtocolPcpu(this, 1), TimerCpu];
        _kthread = new TimerKthread(
            new EntityId(Kthread),
            "kthread",
            Host,
            [
                .. GuestVcpus.Select(vcpu => new PageEntry(
                    vcpu.Id,
                    vm: 0,
                    vcpu.Lapic.GuestTsc,
                    vcpu.Pcpu
                )
                {
                    IsHere = true,
                }),
            ]
        );
        _operationsLeft = bounds.Operations;
        TimerCpu.Start();
        foreach (ProtocolVcpu vcpu in GuestVcpus)
        {
            vcpu.Start();
        }
        // The guests have booted.
        while (_parcels.Count > 0)
        {
            Deliver(0);
        }
    }

    public ProtocolBounds Bounds { get; }

    public HostTopology Host { get; }

    public VirtualTime Now { get; private set; } =
        VirtualTime.Zero + VirtualDuration.FromNanoseconds(Beginning);

    public ImmutableArray<ProtocolVcpu> GuestVcpus { get; }

    public ImmutableArray<ProtocolPcpu> Pcpus { get; }

    public ProtocolTimerCpu TimerCpu { get; }

    public TimerKthread TimerKthread => _kthread;

    public int OperationsLeft => _operationsLeft;

    /// <summary>What is under way, in the order in which it was sent.</summary>
    public IReadOnlyList<Parcel> Parcels => _parcels;

    public bool IsSyncStepDue => _isSyncStepDue;

    public bool HasKthreadStep => _kthreadStep is not null;

    private VirtualDuration Slack => VirtualDuration.FromNanoseconds(Bounds.Slack);

    public IEffects EffectsOf(EntityId entity) => _outboxes[entity.Index];

    public ProtocolVcpu VcpuOf(EntityId entity) => GuestVcpus[entity.Index - FirstVcpu];

    public ProtocolPcpu CpuOf(EntityId entity) => Pcpus[entity.Index];

    public void Post(EntityId source, EntityId target, Message message) =>
        _parcels.Add(new Parcel(source, target, message, Now));

    /// <summary>The dedicated CPU and its kthread are one CPU: nothing comes between a call and its effect.</summary>
    public void CallKthread(Message message) => _calls.Enqueue((Kthread, message));

    /// <summary>It happens.</summary>
    public void Do(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Deliver:
                DeliverLocked(step.Which);
                break;
            case StepKind.EndStore:
                GuestVcpus[step.Which].EndStore();
                break;
            case StepKind.EndExit:
                GuestVcpus[step.Which].EndExit();
                break;
            case StepKind.Expire:
                Pcpus[step.Which].Expire();
                break;
            case StepKind.Doorbell:
                TimerCpu.AnswerDoorbell(step.Which);
                break;
            case StepKind.Callbacks:
                TimerCpu.RunCallbacks();
                break;
            case StepKind.EndHold:
                TimerCpu.EndHold();
                break;
            case StepKind.RunKthread:
                TimerCpu.RunKthread();
                break;
            case StepKind.ScanStep:
                Message scan = _kthreadStep!;
                _kthreadStep = null;
                CallKthread(scan);
                break;
            case StepKind.SyncStep:
                _isSyncStepDue = false;
                CallKthread(SyncStep.Instance);
                break;
            case StepKind.Tick:
                Now += VirtualDuration.Smallest;
                break;
            default:
                _operationsLeft--;
                GuestVcpus[step.Which].Operate(step.Operation);
                break;
        }
        Drain();
        TimerCpu.NoteBusy();
    }

    /// <summary>What a step is, in words, before it happens.</summary>
    public string Describe(Step step) =>
        step.Kind switch
        {
            StepKind.Deliver =>
                $"{Name(_parcels[step.Which].Target)} sees {_parcels[step.Which].Text(Now)} from {Name(_parcels[step.Which].Source)}",
            StepKind.EndStore => $"vcpu-{step.Which}: its exchange is over",
            StepKind.EndExit => $"vcpu-{step.Which}: its exit is handled",
            StepKind.Expire => $"pcpu-{step.Which}: an hrtimer of a vCPU expires",
            StepKind.Doorbell =>
                $"timer CPU: answers {Name(TimerCpu.Doorbells[step.Which])}'s doorbell",
            StepKind.Callbacks => "timer CPU: hrtimer interrupt",
            StepKind.EndHold => "timer CPU: what expired early is due",
            StepKind.RunKthread => "kthread: begins a scan",
            StepKind.ScanStep => "kthread: its scan goes on",
            StepKind.SyncStep => "timer CPU: takes the page's deadline",
            StepKind.Tick => $"time: {Now.Nanoseconds - Beginning + 1}",
            _ => $"vcpu-{step.Which}: {step.Operation}",
        };

    /// <summary>Everything but what is under way, which is there as messages.</summary>
    public void Transfer(StateTransfer state)
    {
        Now = state.Value(Now);
        _operationsLeft = state.Value(_operationsLeft);
        foreach (ProtocolVcpu vcpu in GuestVcpus)
        {
            vcpu.Transfer(state);
        }
        foreach (ProtocolPcpu pcpu in Pcpus)
        {
            pcpu.Transfer(state);
        }
        _kthread.Transfer(state);
        _isSyncStepDue = state.Value(_isSyncStepDue);
    }

    /// <summary>What is under way, as it was when a state was frozen.</summary>
    public void SetUnderWay(ImmutableArray<Parcel> parcels, Message? kthreadStep)
    {
        _parcels.Clear();
        _parcels.AddRange(parcels);
        _kthreadStep = kthreadStep;
    }

    public (ImmutableArray<Parcel> Parcels, Message? KthreadStep) UnderWay =>
        ([.. _parcels], _kthreadStep);

    private static HostTopology HostOf(ProtocolBounds bounds)
    {
        VirtualDuration Ticks(int ticks) => VirtualDuration.FromNanoseconds(ticks);
        return new HostTopology
        {
            Name = "h0",
            Pcpus = [new(0), new(1), new(TimerPcpu)],
            PcpusPerSocket = 3,
            TimerPcpu = new EntityId(TimerPcpu),
            TimerKthread = new EntityId(Kthread),
            Costs = SimpleCosts.Ideal with
            {
                HrtimerStart = VirtualDuration.Zero,
                HrtimerCancel = VirtualDuration.Zero,
                // What the ledger gives the host to see a store: as long as a message may take here.
                LineTransferSameSocket = Ticks(Math.Max(bounds.Slack, 1)),
                LineTransferCrossSocket = Ticks(Math.Max(bounds.Slack, 1)),
            },
            HaltPoll = VirtualDuration.Zero,
            TimerAdvance = Ticks(bounds.Advance),
            HvTimer = bounds.HvTimer,
            PvTimer = new PvTimerParameters
            {
                Flaws = bounds.Flaws,
                ScanPeriod = Ticks(bounds.Period),
                PaddingCycles = 1,
                WeakExchange = bounds.Weak,
            },
            Seed = 1,
            Backends = [new(new EntityId(FirstVcpu), bounds.Vcpus, TimerBackends.PvTimer)],
        };
    }

    private static string Name(EntityId entity) =>
        entity.Index switch
        {
            >= FirstVcpu => $"vcpu-{entity.Index - FirstVcpu}",
            Kthread => "the kthread",
            TimerPcpu => "the timer CPU",
            _ => $"pcpu-{entity.Index}",
        };

    /// <summary>Under the lock of the enable MSR's handler the host sees all that it has changed, or nothing.</summary>
    private void DeliverLocked(int index)
    {
        EntityId source = _parcels[index].Source;
        bool isLocked =
            Bounds.EnablingLocks
            && _parcels[index].Target.Index == Kthread
            && VcpuOf(source).IsRegistering;
        Deliver(index);
        while (isLocked && (index = IndexOfStore(source)) >= 0)
        {
            Deliver(index);
        }
    }

    private void Deliver(int index)
    {
        Parcel parcel = _parcels[index];
        _parcels.RemoveAt(index);
        int target = parcel.Target.Index;
        if (target >= FirstVcpu)
        {
            VcpuOf(parcel.Target).Step(parcel.Message);
        }
        else
        {
            Handle(target, parcel.Message);
        }
        Drain();
    }

    private void Handle(int target, Message message)
    {
        if (target == Kthread)
        {
            _kthread.Step(Now, message, _outboxes[Kthread]);
        }
        else
        {
            Pcpus[target].Step(message);
        }
    }

    private void Drain()
    {
        while (_calls.TryDequeue(out (int Target, Message Message) call))
        {
            Handle(call.Target, call.Message);
        }
    }

    private sealed class Outbox(ProtocolMachine machine, int source) : IEffects
    {
        public void Send(EntityId target, VirtualDuration latency, Message message)
        {
            bool isCall =
                (source == Kthread && target.Index == TimerPcpu)
                || (source == TimerPcpu && target.Index == Kthread);
            if (isCall)
            {
                machine._calls.Enqueue((target.Index, message));
            }
            else
            {
                machine.Post(new EntityId(source), target, message);
            }
        }

        public void After(VirtualDuration delay, Message message)
        {
            if (message is SyncStep)
            {
                machine._isSyncStepDue = true;
            }
            else
            {
                machine._kthreadStep = message;
            }
        }

        public void SendLazily(EntityId target, VirtualDuration latency, Message message) =>
            Send(target, latency, message);

        public void AfterLazily(VirtualDuration delay, Message message, VirtualTime bound) =>
            After(delay, message);

        /// <summary>Each step is an event that others may come before.</summary>
        public bool TryAdvance(VirtualDuration delay) => false;
    }
}
