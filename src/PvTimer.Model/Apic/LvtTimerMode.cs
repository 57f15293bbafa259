namespace PvTimer.Model.Apic;

/// <summary>Bits 18:17 of the LVT timer register (Intel SDM vol. 3A, 12.5.4).</summary>
public enum LvtTimerMode
{
    OneShot = 0,
    Periodic = 1,
    TscDeadline = 2,

    /// <summary>It counts once, as one-shot mode does.</summary>
    Reserved = 3,
}
