using System;

namespace PvTimer.Sharding.Sweeps;

/// <summary>Carries out one run of a sweep.</summary>
/// <param name="order">What to run.</param>
/// <param name="goOn">Asked now and then; false stops it.</param>
/// <returns>Null: it was stopped.</returns>
public delegate PointOutcome? PointWork(PointOrder order, Func<bool> goOn);
