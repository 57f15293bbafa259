using System.Collections.Generic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>
/// The dedicated CPU around the real TimerCpu and kthread: whether it is in an interrupt, and whose turn it is, as
/// InterruptHandlers and BoundKthread have it. When an interrupt is taken, and when the kthread goes on, is left to who
/// explores it.
/// </summary>
internal sealed class ProtocolTimerCpu : ProtocolPcpu, ITimerCpuPort
{
    private readonly List<EntityId> _doorbells = [];
    private bool _runsCallbacks;
    private VirtualTime? _holdsUntil;

    public ProtocolTimerCpu(ProtocolMachine machine, int index)
        : base(machine, index) => TimerCpu = new TimerCpu(this);

    public TimerCpu TimerCpu { get; }

    public IReadOnlyList<EntityId> Doorbells => _doorbells;

    public bool InInterrupt { get; private set; }

    public bool IsScanning { get; private set; }

    public bool IsKthreadRunnable { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Expired early by the advance, it waits until then.</summary>
    public VirtualTime? HoldsUntil => _holdsUntil;

    /// <summary>An interrupt that has just begun answers one doorbell of several that have rung.</summary>
    public bool LeavesDoorbells { get; private set; }

    /// <summary>Since when it has something to do; null: it has nothing.</summary>
    public VirtualTime? BusySince { get; private set; }

    private bool IsBusy =>
        InInterrupt
        || IsScanning
        || IsKthreadRunnable
        || _doorbells.Count > 0
        || Queue.NextExpiry <= Machine.Now;

    public void Start() => TimerCpu.StartPacing(Machine.Now, Effects);

    public void NoteBusy() => BusySince = IsBusy ? BusySince ?? Machine.Now : null;

    public override void Step(Message message)
    {
        switch (message)
        {
            case Ipi ipi:
                _doorbells.Add(ipi.Vcpu);
                break;
            case SyncResult result:
                OnSyncResult(result);
                break;
            case KthreadSleep:
                IsScanning = false;
                break;
            case DropTimer drop:
                Queue.Cancel(HrtimerFunction.ApicTimer, drop.Vcpu);
                TimerCpu.Drop(drop.Vcpu);
                Machine.Post(Id, drop.Vcpu, TimerDropped.Instance);
                break;
            default:
                base.Step(message);
                break;
        }
    }

    /// <summary>The interrupt of a doorbell; fixed, it answers all that have rung.</summary>
    public void AnswerDoorbell(int index)
    {
        Interrupt();
        List<EntityId> answered = TimerCpu.HasIpiPerDoorbell
            ? [_doorbells[index]]
            : [.. _doorbells];
        foreach (EntityId vcpu in answered)
        {
            _doorbells.Remove(vcpu);
            TimerCpu.QueueDoorbell(vcpu, interruptsKthread: IsScanning);
        }
        LeavesDoorbells = _doorbells.Count > 0;
        Continue();
    }

    /// <summary>hrtimer_interrupt.</summary>
    public void RunCallbacks()
    {
        Interrupt();
        _runsCallbacks = true;
        Continue();
    }

    /// <summary>What expired early is due.</summary>
    public void EndHold()
    {
        _holdsUntil = null;
        Continue();
    }

    /// <summary>The kthread is switched to.</summary>
    public void RunKthread()
    {
        IsKthreadRunnable = false;
        IsScanning = true;
        Machine.CallKthread(TimerCpu.Tick);
    }

    void ITimerCpuPort.Post(EntityId vcpu, TscTicks deadline, Poster poster, IEffects effects) =>
        Machine.Post(Id, vcpu, PostedInterrupt.Of(0, Id, deadline, next: null, poster));

    private void Interrupt()
    {
        InInterrupt = true;
        if (IsScanning)
        {
            IsPaused = true;
            Machine.CallKthread(KthreadPause.Instance);
        }
    }

    private void Continue()
    {
        if (TimerCpu.EndHold(Effects) == EndOfHold.AsksPage)
        {
            return;
        }
        while (!TimerCpu.StartNextSync(Effects))
        {
            if (!_runsCallbacks || Queue.PopExpired(Machine.Now) is not { } timer)
            {
                Leave();
                return;
            }
            if (timer.Function == HrtimerFunction.PvSyncTimer)
            {
                TimerCpu.PacingTimerExpired(Machine.Now, timer, Effects);
                IsKthreadRunnable = true;
            }
            else if (Stays(TimerCpu.ServedTimerExpired(Machine.Now, timer, Effects)))
            {
                return;
            }
        }
    }

    private void OnSyncResult(SyncResult result)
    {
        // Costs are zero here: what is left is how long the advance is to be waited for.
        if (TimerCpu.Take(Machine.Now, result, Effects) is { } hold && !Stays(hold))
        {
            Continue();
        }
    }

    private bool Stays(VirtualDuration hold)
    {
        _holdsUntil = hold > VirtualDuration.Zero ? Machine.Now + hold : null;
        return _holdsUntil is not null;
    }

    private void Leave()
    {
        InInterrupt = false;
        _runsCallbacks = false;
        if (IsPaused)
        {
            IsPaused = false;
            Machine.CallKthread(KthreadResume.Instance);
        }
    }

    public override void Transfer(StateTransfer state)
    {
        base.Transfer(state);
        TimerCpu.Transfer(state);
        state.List(_doorbells, static (s, vcpu) => s.Value(vcpu));
        InInterrupt = state.Value(InInterrupt);
        IsScanning = state.Value(IsScanning);
        IsKthreadRunnable = state.Value(IsKthreadRunnable);
        IsPaused = state.Value(IsPaused);
        _runsCallbacks = state.Value(_runsCallbacks);
        _holdsUntil = state.Optional(_holdsUntil, static (s, until) => s.Value(until));
        BusySince = state.Optional(BusySince, static (s, since) => s.Value(since));
    }
}
