namespace PvTimer.Experiments.Validation;

/// <summary>What an emulated figure is beside its published one.</summary>
public enum ValidationVerdict
{
    /// <summary>Equal: a closed form has one value.</summary>
    Exact,

    /// <summary>Not equal, and within its tolerance.</summary>
    Within,

    /// <summary>Beyond its tolerance.</summary>
    Off,

    /// <summary>
    /// Within its tolerance, because a cost was taken from it: agreement says that the model can reproduce it, and
    /// validates nothing.
    /// </summary>
    Fitted,

    /// <summary>The model lacks what it would take.</summary>
    NotCovered,
}
