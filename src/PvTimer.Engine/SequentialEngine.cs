using System;
using PvTimer.Model.Events;

namespace PvTimer.Engine;

public static class SequentialEngine
{
    public static RunOutcome Run(IMachine machine, RunOptions options) =>
        throw new NotSupportedException();
}
