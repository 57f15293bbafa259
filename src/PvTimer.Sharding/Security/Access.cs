namespace PvTimer.Sharding.Security;

/// <summary>What the other end of a connection may do.</summary>
internal enum Access
{
    /// <summary>Nothing: the connection ends.</summary>
    None,

    /// <summary>Ask the front how the cluster is: it has not proved that it knows the control token.</summary>
    Look,

    /// <summary>Everything: it knows the control token.</summary>
    Full,
}
