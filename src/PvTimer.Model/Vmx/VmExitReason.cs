namespace PvTimer.Model.Vmx;

/// <summary>Basic exit reasons (Intel SDM vol. 3C, appendix C), as far as the machine has them.</summary>
public enum VmExitReason
{
    ExternalInterrupt = 1,
    Hlt = 12,
    MsrRead = 31,
    MsrWrite = 32,
    EoiInduced = 45,
    PreemptionTimer = 52,
}
