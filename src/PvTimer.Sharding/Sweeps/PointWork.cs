using System;

namespace PvTimer.Sharding.Sweeps;

/// <summary>Carries out one run of a sweep.</summary>
/// <param name="order">What to run.</param>
/// <param name="held">Recordings that were sent; the others are looked for under their paths.</param>
/// <param name="goOn">Asked now and then; false stops it.</param>
/// <returns>The outcome, or which recordings are lacking; null: it was stopped.</returns>
public delegate IPointAnswer? PointWork(PointOrder order, PointInputs held, Func<bool> goOn);
