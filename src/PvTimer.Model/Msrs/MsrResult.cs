namespace PvTimer.Model.Msrs;

/// <summary>How a guest's WRMSR or RDMSR ended. A guest's mistake is a value, never an exception.</summary>
public enum MsrResult
{
    /// <summary>Done, or ignored without a fault as the register specifies.</summary>
    Completed,

    /// <summary>The guest takes #GP(0).</summary>
    GeneralProtection,
}
