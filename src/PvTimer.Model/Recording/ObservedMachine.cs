using System;
using System.Collections.Immutable;
using System.Linq;
using PvTimer.Model.Events;
using PvTimer.Model.Hrtimers;
using PvTimer.Model.Processors;
using PvTimer.Model.State;
using PvTimer.Model.Time;
using PvTimer.Model.Timers;
using PvTimer.Model.Vcpus;

namespace PvTimer.Model.Recording;

/// <summary>
/// A machine whose steps are watched. It runs as the machine inside does, event by event; a machine that is not watched
/// pays a comparison with null where a timer is programmed, queued or fires.
/// </summary>
public sealed class ObservedMachine : IMachine
{
    private readonly IMachine _inner;

    /// <param name="inner">Not begun. It is watched from now on, and runs only in here.</param>
    /// <param name="observer">Is called on the thread of the engine.</param>
    public ObservedMachine(IMachine inner, IMachineObserver observer)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(observer);
        _inner = inner;
        Entities = [.. inner.Entities.Select(entity => new Observed(entity, observer))];
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script => _inner.Script;

    public VirtualTime End => _inner.End;

    public int UnitOf(EntityId entity) => _inner.UnitOf(entity);

    public int HostOf(EntityId entity) => _inner.HostOf(entity);

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        _inner.MinimumLatency(fromUnit, toUnit);

    /// <summary>Reads the TSC of a machine's vCPUs: as it stands then, whatever the step under way makes of it.</summary>
    public static Func<EntityId, VirtualTime, TscTicks> GuestTsc(IMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        return (vcpu, at) =>
            ((IGuestTimerPort)(Vcpu)machine.Entities[vcpu.Index]).Lapic.GuestTsc.At(at);
    }

    private sealed class Observed : IEntity, IInvariant, IStateful, IEffects, ITimerTap, IHrtimerTap
    {
        private readonly IEntity _inner;
        private readonly IMachineObserver _observer;
        private readonly PcpuStance? _stance;
        private IEffects? _effects;

        public Observed(IEntity inner, IMachineObserver observer)
        {
            _inner = inner;
            _observer = observer;
            if (inner is Pcpu pcpu)
            {
                _stance = new PcpuStance(pcpu);
                pcpu.ArmedHrtimers.Tap = this;
            }
            else if (inner is Vcpu vcpu)
            {
                ((IGuestTimerPort)vcpu).Timers.Tap = this;
            }
        }

        public EntityId Id => _inner.Id;

        public string Name => _inner.Name;

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            _effects = effects;
            _observer.StepBegins(now, Id, message);
            _inner.Step(now, message, this);
            _observer.StepEnds(_stance);
        }

        public string? FindViolation() => (_inner as IInvariant)?.FindViolation();

        public void Transfer(StateTransfer state) => ((IStateful)_inner).Transfer(state);

        void IEffects.Send(EntityId target, VirtualDuration latency, Message message)
        {
            _observer.Sent(target, latency, message);
            _effects!.Send(target, latency, message);
        }

        void IEffects.After(VirtualDuration delay, Message message)
        {
            _observer.Sent(Id, delay, message);
            _effects!.After(delay, message);
        }

        void IEffects.SendLazily(EntityId target, VirtualDuration latency, Message message)
        {
            _observer.Sent(target, latency, message);
            _effects!.SendLazily(target, latency, message);
        }

        void IEffects.AfterLazily(VirtualDuration delay, Message message, VirtualTime bound)
        {
            _observer.Sent(Id, delay, message);
            _effects!.AfterLazily(delay, message, bound);
        }

        /// <summary>Each step is seen.</summary>
        bool IEffects.TryAdvance(VirtualDuration delay) => false;

        void ITimerTap.Programmed(
            long number,
            TscTicks deadline,
            VirtualTime due,
            VirtualTime effective
        ) => _observer.Programmed(Id, number, deadline, due, effective);

        void ITimerTap.Accepted(TscTicks deadline) => _observer.Accepted(Id, deadline);

        void ITimerTap.Fired(TscTicks deadline, VirtualTime due, VirtualTime entry, bool counts) =>
            _observer.Fired(Id, deadline, due, entry, counts);

        void IHrtimerTap.Started(Hrtimer timer) =>
            _observer.HrtimerChanged(Id, HrtimerChange.Started, timer);

        void IHrtimerTap.Cancelled(Hrtimer timer) =>
            _observer.HrtimerChanged(Id, HrtimerChange.Cancelled, timer);

        void IHrtimerTap.Expired(Hrtimer timer) =>
            _observer.HrtimerChanged(Id, HrtimerChange.Expired, timer);
    }
}
