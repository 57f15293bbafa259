namespace PvTimer.Formats.Traces;

/// <summary>Where the frequency of a recording's TSC comes from.</summary>
public enum TscSource
{
    /// <summary>It is named, in the file or with it.</summary>
    Named,

    /// <summary>The recording tells it.</summary>
    Recording,

    /// <summary>Neither; it was assumed.</summary>
    Assumed,
}
