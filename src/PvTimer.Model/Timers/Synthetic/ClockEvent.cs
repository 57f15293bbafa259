namespace PvTimer.Model.Timers.Synthetic;

/// <summary>What a guest's kernel has as its clock event device.</summary>
public enum ClockEvent
{
    /// <summary>Its LAPIC's timer, as a back-end gives it.</summary>
    Lapic,

    /// <summary>Hyper-V's synthetic timer 0, which expires with a message of the SynIC.</summary>
    HypervStimer,

    /// <summary>The same in direct mode: it expires with an interrupt.</summary>
    HypervStimerDirect,
}
