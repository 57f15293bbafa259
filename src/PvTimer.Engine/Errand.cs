using System;
using PvTimer.Model.Events;

namespace PvTimer.Engine;

/// <summary>
/// Something an envelope does for itself at an instant of virtual time (an actor's own timer, a message
/// between two actors). No part of the machine: neither counted nor in the trace hash.
/// </summary>
internal sealed record Errand(object About, Action Run) : Message
{
    public override void AddTo(ref TraceDigest digest) =>
        throw new InvalidOperationException("an errand is no part of the trace");

    public override string ToString() => About.ToString() ?? string.Empty;
}
