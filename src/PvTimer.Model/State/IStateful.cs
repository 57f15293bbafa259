namespace PvTimer.Model.State;

/// <summary>
/// Something whose volatile state can be frozen into bytes and thawed from them. Configuration and wiring
/// stay out: what is thawed was built from the same description, or from one that has more in it.
/// </summary>
public interface IStateful
{
    /// <summary>
    /// Passes every volatile field through <paramref name="state"/>, always in the same order. What belongs
    /// to other entities is passed with their ids, so that what is not among the bytes keeps its first value.
    /// </summary>
    /// <exception cref="StateFormatException">Thawing: the bytes cannot be this object's state.</exception>
    void Transfer(StateTransfer state);
}
