namespace PvTimer.Model.Vmx;

/// <summary>
/// Basic exit reasons (Intel SDM vol. 3C, appendix C). The machine itself causes those of interrupts, HLT, MSRs,
/// EOIs and the preemption timer; a replayed guest also has those that its host recorded.
/// </summary>
public enum VmExitReason
{
    ExceptionNmi = 0,
    ExternalInterrupt = 1,
    TripleFault = 2,
    InitSignal = 3,
    SipiSignal = 4,
    OtherSmi = 6,
    InterruptWindow = 7,
    NmiWindow = 8,
    TaskSwitch = 9,
    Cpuid = 10,
    Hlt = 12,
    Invd = 13,
    Invlpg = 14,
    Rdpmc = 15,
    Rdtsc = 16,
    Vmcall = 18,

    /// <summary>VMXON, VMLAUNCH, VMREAD and their like: a nested hypervisor's instructions (19 to 27).</summary>
    VmxInstruction = 19,
    CrAccess = 28,
    DrAccess = 29,
    IoInstruction = 30,
    MsrRead = 31,
    MsrWrite = 32,
    MwaitInstruction = 36,
    MonitorTrapFlag = 37,
    MonitorInstruction = 39,
    PauseInstruction = 40,
    TprBelowThreshold = 43,
    ApicAccess = 44,
    EoiInduced = 45,
    GdtrIdtr = 46,
    LdtrTr = 47,
    EptViolation = 48,
    EptMisconfig = 49,
    Rdtscp = 51,
    PreemptionTimer = 52,
    Wbinvd = 54,
    Xsetbv = 55,
    ApicWrite = 56,
    Invpcid = 58,
    PmlFull = 62,
    BusLock = 74,
    Notify = 75,

    /// <summary>One that the manual has and this list does not.</summary>
    Other = 255,
}
