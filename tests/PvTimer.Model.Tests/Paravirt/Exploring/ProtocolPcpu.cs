using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>A guests' pCPU around the real PvHostTimer and hrtimers.</summary>
internal class ProtocolPcpu : IHostTimerPort, IStateful
{
    private readonly PvHostTimer _timer;

    public ProtocolPcpu(ProtocolMachine machine, int index)
    {
        Machine = machine;
        Id = new EntityId(index);
        _timer = new PvHostTimer(this);
    }

    public EntityId Id { get; }

    public HostTopology Host => Machine.Host;

    public HrtimerQueue Queue { get; } = new();

    protected ProtocolMachine Machine { get; }

    protected IEffects Effects => Machine.EffectsOf(Id);

    public void Apply(KvmVcpu thread, TimerRequest request)
    {
        if (request.Kind != TimerRequestKind.None)
        {
            _timer.Apply(Machine.Now, Machine.Now, thread, request, Effects);
        }
    }

    /// <summary>An hrtimer of a vCPU expires: of a thread that runs here, or of one that has left it here.</summary>
    public void Expire()
    {
        Hrtimer timer = Queue.PopExpired(Machine.Now)!.Value;
        ProtocolVcpu vcpu = Machine.VcpuOf(timer.Owner);
        if (vcpu.Pcpu != Id)
        {
            Machine.Post(Id, vcpu.Id, PostedInterrupt.Of(0, Id, timer.Deadline));
            return;
        }
        HostTimer.Expire(Machine.Now, vcpu.Thread, timer);
        if (vcpu.State == ProtocolVcpu.Doing.Guest)
        {
            vcpu.Enter();
        }
    }

    public virtual void Step(Message message)
    {
        switch (message)
        {
            case ProgramTimer program:
                ProtocolVcpu vcpu = Machine.VcpuOf(program.Vcpu);
                Machine.CpuOf(vcpu.Pcpu).Apply(vcpu.Thread, program.Request);
                if (vcpu.Thread.Expired is not null && vcpu.State == ProtocolVcpu.Doing.Guest)
                {
                    vcpu.Enter();
                }
                break;
            case CancelTimer cancel:
                CancelHrtimer(cancel.Vcpu, cancel.Served);
                break;
            default:
                throw new InvalidOperationException($"a pCPU does not know {message}");
        }
    }

    public Hrtimer? FindHrtimer(EntityId vcpu) => Queue.Find(HrtimerFunction.ApicTimer, vcpu);

    public void StartHrtimer(VirtualTime now, Hrtimer timer, IEffects effects) =>
        Queue.Start(timer);

    public bool CancelHrtimer(EntityId vcpu, bool served) =>
        FindHrtimer(vcpu) is { } timer
        && timer.Served == served
        && Queue.Cancel(HrtimerFunction.ApicTimer, vcpu) is not null;

    public VirtualDuration DrawTimerInterrupt() => VirtualDuration.Zero;

    public void SendIpi(EntityId pcpu, Message message, IEffects effects) =>
        Machine.Post(message is Ipi ipi ? ipi.Vcpu : Id, pcpu, message);

    public virtual void Transfer(StateTransfer state) => Queue.Transfer(state);
}
