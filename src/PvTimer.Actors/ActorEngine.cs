using System;
using PvTimer.Engine;
using PvTimer.Model.Events;

namespace PvTimer.Actors;

public static class ActorEngine
{
    public static RunOutcome Run(IMachine machine, RunOptions options) =>
        throw new NotSupportedException();
}
