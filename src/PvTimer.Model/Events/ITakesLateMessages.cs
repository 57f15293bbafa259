namespace PvTimer.Model.Events;

/// <summary>
/// An entity to which something may be sent lazily (<see cref="IEffects.SendLazily"/>): by one of its own host, or by itself.
/// </summary>
public interface ITakesLateMessages : IEntity;
