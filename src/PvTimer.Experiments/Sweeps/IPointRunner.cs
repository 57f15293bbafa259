using System;
using System.Collections.Generic;
using System.Threading;
using PvTimer.Sharding.Sweeps;

namespace PvTimer.Experiments.Sweeps;

/// <summary>Where runs are carried out.</summary>
public interface IPointRunner
{
    /// <summary>Carries them out, several at once, in any order.</summary>
    /// <param name="orders">Each once; asked for one after the other.</param>
    /// <param name="finished">Called once for each that has come to its end, never on two threads at once.</param>
    /// <param name="stop">Ends it; what is not finished then is not told of.</param>
    void Run(IEnumerable<PointOrder> orders, Action<PointOutcome> finished, CancellationToken stop);
}
