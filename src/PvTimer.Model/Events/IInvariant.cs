namespace PvTimer.Model.Events;

/// <summary>
/// An entity with a condition that must hold after each of its steps. The engines ask after every step
/// and stop the run if it does not.
/// </summary>
public interface IInvariant
{
    /// <summary>What is violated, in one sentence; null if all is well.</summary>
    string? FindViolation();
}
