using System.Collections.Immutable;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.TestKit.Faults;

/// <summary>Decides what becomes of a message on its way.</summary>
/// <returns>How long each delivery takes: none if it is lost, several if it is doubled.</returns>
internal delegate ImmutableArray<VirtualDuration> Line(in Transit transit);

/// <summary>A machine whose messages pass a line that may lose, delay or double them.</summary>
internal sealed class InterceptedMachine : IMachine
{
    private readonly IMachine _inner;

    public InterceptedMachine(IMachine inner, Line line)
    {
        _inner = inner;
        Entities = ImmutableArray.CreateRange<IEntity, IEntity>(
            inner.Entities,
            entity => new Intercepted(entity, line)
        );
    }

    public ImmutableArray<IEntity> Entities { get; }

    public ImmutableArray<ScriptedMessage> Script => _inner.Script;

    public VirtualTime End => _inner.End;

    public int UnitOf(EntityId entity) => _inner.UnitOf(entity);

    public int HostOf(EntityId entity) => _inner.HostOf(entity);

    public VirtualDuration MinimumLatency(int fromUnit, int toUnit) =>
        _inner.MinimumLatency(fromUnit, toUnit);

    /// <summary>Somebody acts in an entity's name, from without any step of it.</summary>
    public static void Send(in Transit transit, Line line, IEffects effects, bool lazily = false)
    {
        foreach (VirtualDuration latency in line(transit))
        {
            if (lazily)
            {
                effects.SendLazily(transit.Target, latency, transit.Message);
            }
            else
            {
                effects.Send(transit.Target, latency, transit.Message);
            }
        }
    }

    private sealed class Intercepted(IEntity inner, Line line)
        : IEntity,
            IInvariant,
            IStateful,
            IEffects
    {
        private VirtualTime _now;
        private IEffects? _effects;

        public EntityId Id => inner.Id;

        public string Name => inner.Name;

        public void Step(VirtualTime now, Message message, IEffects effects)
        {
            _now = now;
            _effects = effects;
            inner.Step(now, message, this);
        }

        public string? FindViolation() => (inner as IInvariant)?.FindViolation();

        public void Transfer(StateTransfer state) => ((IStateful)inner).Transfer(state);

        void IEffects.Send(EntityId target, VirtualDuration latency, Message message) =>
            InterceptedMachine.Send(
                new Transit(_now, Id, target, latency, message),
                line,
                _effects!
            );

        void IEffects.After(VirtualDuration delay, Message message) =>
            _effects!.After(delay, message);

        void IEffects.SendLazily(EntityId target, VirtualDuration latency, Message message) =>
            InterceptedMachine.Send(
                new Transit(_now, Id, target, latency, message),
                line,
                _effects!,
                lazily: true
            );

        void IEffects.AfterLazily(VirtualDuration delay, Message message, VirtualTime bound) =>
            _effects!.AfterLazily(delay, message, bound);

        bool IEffects.TryAdvance(VirtualDuration delay) => false;
    }
}
