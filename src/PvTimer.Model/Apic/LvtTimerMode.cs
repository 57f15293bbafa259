namespace PvTimer.Model.Apic;

/// <summary>Bits 18:17 of the LVT timer register (Intel SDM vol. 3A, 12.5.4).</summary>
public enum LvtTimerMode
{
    OneShot = 0,
    Periodic = 1,
    TscDeadline = 2,

    /// <summary>A count that is written in it does not run; one that runs already goes on (__start_apic_timer).</summary>
    Reserved = 3,
}
