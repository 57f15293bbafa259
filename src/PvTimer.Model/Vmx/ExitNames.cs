namespace PvTimer.Model.Vmx;

/// <summary>Whose names a VM's exits are printed under, one for each processor's virtualization.</summary>
public enum ExitNames
{
    /// <summary>Intel's: MSR_WRITE (arch/x86/include/uapi/asm/vmx.h).</summary>
    Vmx,

    /// <summary>AMD's: msr, for reads and writes (arch/x86/include/uapi/asm/svm.h).</summary>
    Svm,
}
