using System;
using PvTimer.Model.Apic;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Threads;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Timers.Paravirt;
using PvTimer.Model.Topology;
using PvTimer.Model.Vmx;

namespace PvTimer.Model.Tests.Paravirt.Exploring;

/// <summary>
/// A vCPU around the real guest side, LAPIC, ledger and posted-interrupt descriptor: in guest mode, in an exchange, in an
/// exit, or stopped. How long it is each is left to who explores it.
/// </summary>
internal sealed class ProtocolVcpu : IGuestTimerPort, IStateful
{
    public enum Doing
    {
        Guest,

        /// <summary>Its exchange holds it until the line is there.</summary>
        Storing,

        /// <summary>The exit's handler is still to set the timer and to enter again.</summary>
        Exiting,

        /// <summary>Its page is being taken off the scan list.</summary>
        Stopped,
    }

    private readonly ProtocolMachine _machine;
    private PostedInterruptDescriptor _descriptor;
    private TscTicks _promised;
    private TscTicks _storing;
    private TimerRequest _request;
    private TimerRequest? _asked;
    private bool _isDropAwaited;

    public ProtocolVcpu(ProtocolMachine machine, int index)
    {
        _machine = machine;
        Index = index;
        Id = new EntityId(ProtocolMachine.FirstVcpu + index);
        Pcpu = new EntityId(index);
        // TSC and virtual time show the same number.
        Lapic = new Lapic(new TscClock(TscTicks.Zero, TscFrequency.FromMegahertz(1_000)));
        Timer = new PvGuestTimer(this);
        Thread = new KvmVcpu(Id);
    }

    public EntityId Id { get; }

    public int Index { get; }

    /// <summary>How often it may ring is what a vCPU of a small guest may.</summary>
    public int Vcpus => 1;

    public EntityId Pcpu { get; set; }

    public HostTopology Host => _machine.Host;

    public Lapic Lapic { get; }

    public TimerLedger Timers { get; } = new(64);

    public PvGuestTimer Timer { get; }

    public KvmVcpu Thread { get; }

    public Doing State { get; private set; }

    /// <summary>The exit is that of a WRMSR of the enable MSR.</summary>
    public bool IsRegistering { get; private set; }

    /// <summary>So often it has rung since it has seen its promise change.</summary>
    public int Rung { get; private set; }

    /// <summary>Since when it is what it is.</summary>
    public VirtualTime Since { get; private set; }

    public bool InKernelLapic => true;

    public bool IsRunningHere => State != Doing.Stopped;

    public bool IsAway => false;

    public bool IsInGuest => State is Doing.Guest or Doing.Storing;

    /// <summary>A notification is outstanding, and nothing is posted.</summary>
    public bool IsOnForNothing => _descriptor.On && _descriptor.Pir.IsEmpty;

    private IEffects Effects => _machine.EffectsOf(Id);

    public void Start() => Timer.Start(_machine.Now, Effects);

    public void Operate(Operation operation)
    {
        VirtualTime now = _machine.Now;
        ProtocolBounds bounds = _machine.Bounds;
        TscTicks In(int ticks) => Lapic.GuestTsc.At(now + VirtualDuration.FromNanoseconds(ticks));
        void Write(ulong value) => WriteMsr(now, Host.PvTimer.EnableMsr, value, Effects);
        switch (operation)
        {
            case Operation.ProgramNear:
                Timer.Program(now, In(bounds.Near), Effects);
                break;
            case Operation.ProgramFar:
                Timer.Program(now, In(bounds.Far), Effects);
                break;
            case Operation.Disarm:
                Timer.Program(now, TscTicks.Zero, Effects);
                break;
            case Operation.WriteMsr:
                WriteMsr(now, MsrIndex.Ia32TscDeadline, In(bounds.Near).Value, Effects);
                break;
            case Operation.Disable:
                Write(0);
                break;
            case Operation.Enable:
                Write(PvTimerMsr.Enable(0x10_0000 + ((ulong)Index * 64)).Value);
                break;
            case Operation.EnableNowhere:
                Write(PvTimerMsr.Enable(1UL << 40).Value);
                break;
            case Operation.EnableAcrossLines:
                Write(PvTimerMsr.Enable(0x10_003c).Value);
                break;
            case Operation.Move:
                Pcpu = new EntityId(1 - Pcpu.Index);
                break;
            default:
                Stop();
                break;
        }
    }

    /// <summary>The exchange is over.</summary>
    public void EndStore()
    {
        TscTicks deadline = _storing;
        _storing = default;
        Become(Doing.Guest);
        Timer.Stored(_machine.Now, deadline, Effects);
        TakeInterrupts();
    }

    /// <summary>The exit's handler sets the timer (PvHostTimer), and enters the guest again.</summary>
    public void EndExit()
    {
        TimerRequest request = _request;
        _request = default;
        _machine.CpuOf(Pcpu).Apply(Thread, request);
        Enter();
        if (_asked is { } asked)
        {
            _asked = null;
            Ask(asked, Effects);
        }
    }

    /// <summary>KVM's entry: what has expired on its own pCPU is injected, what is posted moves to the IRR.</summary>
    public void Enter()
    {
        Become(Doing.Guest);
        InjectExpired();
        _descriptor.SyncTo(Lapic);
        TakeInterrupts();
    }

    public void Step(Message message)
    {
        switch (message)
        {
            case PostedInterrupt posted:
                if (Accept(posted.Deadline!.Value) && _descriptor.Post(Lapic.TimerVector))
                {
                    Notify();
                }
                break;
            case Notification when IsInGuest:
                _descriptor.SyncTo(Lapic);
                TakeInterrupts();
                break;
            case Notification:
                break;
            case TimerDropped:
                _isDropAwaited = false;
                GoOn();
                break;
            default:
                if (
                    message is SharedPageUpdate { Field: PageField.NextSyncTsc } promise
                    && promise.Value != _promised
                )
                {
                    _promised = promise.Value;
                    Rung = 0;
                }
                if (!Timer.Step(_machine.Now, message, Effects))
                {
                    throw new InvalidOperationException($"a vCPU does not know {message}");
                }
                break;
        }
    }

    void IGuestTimerPort.WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects) =>
        WriteMsr(now, msr, value, effects);

    void IGuestTimerPort.Store(VirtualDuration length, TscTicks deadline)
    {
        _storing = deadline;
        Become(Doing.Storing);
    }

    void IGuestTimerPort.ExitForDeadline(VirtualTime now, TimerRequest request, IEffects effects) =>
        Exit(request);

    public TimerRequest Record(VirtualTime now, TimerRequest request)
    {
        bool replaces = Timers.HasOutstanding;
        if (request.Kind == TimerRequestKind.Arm)
        {
            Timers.Arm(request.Deadline, request.Due, now);
        }
        else if (request.Kind == TimerRequestKind.Cancel)
        {
            Timers.Disarm(now);
        }
        return request with { Replaces = replaces };
    }

    public void Ask(TimerRequest request, IEffects effects)
    {
        if (State == Doing.Exiting)
        {
            _asked = request;
            return;
        }
        effects.Send(
            Pcpu,
            VirtualDuration.Smallest,
            new ProgramTimer(Id, request, Timer.CanWake, 0)
        );
    }

    void IGuestTimerPort.Deliver(VirtualTime now, IEffects effects) => throw NotOfPvTimer();

    void IGuestTimerPort.DeliverAtEntry(VirtualTime now) => throw NotOfPvTimer();

    void IGuestTimerPort.Interrupt(IEffects effects) => throw NotOfPvTimer();

    private static InvalidOperationException NotOfPvTimer() =>
        new("a timer of the processor's has no part in this protocol");

    private void WriteMsr(VirtualTime now, uint msr, ulong value, IEffects effects)
    {
        IsRegistering = msr != MsrIndex.Ia32TscDeadline;
        Exit(
            IsRegistering
                ? Timer.WriteMsr(now, msr, value, effects).Request
                : Timer.Write(now, new TscTicks(value), effects)
        );
    }

    private void Exit(TimerRequest request)
    {
        Rung += request.Kind == TimerRequestKind.Doorbell ? 1 : 0;
        _request = request;
        Become(Doing.Exiting);
    }

    private void Become(Doing state)
    {
        State = state;
        IsRegistering &= state == Doing.Exiting;
        Since = _machine.Now;
    }

    /// <summary>In guest mode the poster sends a notification; otherwise the next entry finds what is posted.</summary>
    private void Notify()
    {
        if (IsInGuest)
        {
            _machine.Post(Id, Id, Notification.Instance);
        }
    }

    /// <summary>As TimerEmulation has it in deadline mode.</summary>
    private bool Accept(TscTicks deadline)
    {
        if (!Timer.Accepts(deadline, Lapic.TscDeadline))
        {
            return false;
        }
        Lapic.TimerExpired(_machine.Now);
        Timers.Accept(deadline, Lapic.TimerVector);
        return true;
    }

    private void InjectExpired()
    {
        if (Thread.Expired is not { } expired)
        {
            return;
        }
        Thread.Expired = null;
        if (Accept(expired.Deadline))
        {
            Lapic.Request(Lapic.TimerVector);
        }
    }

    /// <summary>At the boundary of an instruction the guest's handler runs, and ends.</summary>
    private void TakeInterrupts()
    {
        while (State == Doing.Guest && Lapic.Deliverable >= 0)
        {
            Timers.Fire(_machine.Now, Lapic.Acknowledge());
            Lapic.EndOfInterrupt();
        }
    }

    /// <summary>As VcpuMigration: the thread stops, own timers go along, the page goes off the scan list.</summary>
    private void Stop()
    {
        Become(Doing.Stopped);
        if (Thread.ArmedOn is { } pcpu)
        {
            _machine.CpuOf(pcpu).Queue.Cancel(HrtimerFunction.ApicTimer, Id);
        }
        _isDropAwaited = Timer.Withdraw(Effects);
        if (!_isDropAwaited)
        {
            GoOn();
        }
    }

    private void GoOn()
    {
        InjectExpired();
        _descriptor.SyncTo(Lapic);
        TscTicks deadline = Timer.Deadline;
        TimerRequest restored = Timer.Admit(Lapic.Rearm());
        Thread.Expired = null;
        Thread.ArmedOn = null;
        Become(Doing.Exiting);
        IsRegistering = true;
        Timer.ClockChanged(Effects);
        Timer.Restore(deadline, restored, Effects);
        // The thread comes with what is to be set, before it enters.
        _request = _asked ?? TimerRequest.None;
        _asked = null;
    }

    public void Transfer(StateTransfer state)
    {
        Timer.Transfer(state);
        Lapic.Transfer(state);
        Timers.Transfer(state);
        _descriptor.Transfer(state);
        Thread.Transfer(state);
        Pcpu = state.Value(Pcpu);
        State = state.Enumeration(State);
        Since = state.Value(Since);
        _storing = state.Value(_storing);
        _request = state.Record(_request, TimerRequest.Write, TimerRequest.Read);
        _asked = state.Optional(
            _asked,
            static (s, asked) => s.Record(asked, TimerRequest.Write, TimerRequest.Read)
        );
        _isDropAwaited = state.Value(_isDropAwaited);
        IsRegistering = state.Value(IsRegistering);
        _promised = state.Value(_promised);
        Rung = state.Value(Rung);
    }
}
