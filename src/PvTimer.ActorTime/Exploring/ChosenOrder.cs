using System.Collections.Generic;
using PvTimer.ActorTime.Worlds;

namespace PvTimer.ActorTime.Exploring;

/// <summary>The order of steps that a schedule says: where several processes are ready, a point to choose at.</summary>
internal sealed class ChosenOrder(Chooser chooser) : IOrder
{
    private readonly StepTrace _trace = new();

    /// <inheritdoc cref="StepTrace.Hash"/>
    public string Trace => _trace.Hash();

    public int Next(IReadOnlyList<Work> ready, long now)
    {
        int option = ready.Count == 1 ? 0 : Choose(chooser, ready, chooser.NextOf(ready));
        _trace.Begin(ready[option].Process);
        return option;
    }

    public void Touched(Process target, bool isSignal) => _trace.Touched(target);

    public void Stepped(int messages) { }

    /// <summary>Takes an option, and says what it means.</summary>
    public static int Choose(Chooser chooser, IReadOnlyList<Work> ready, int option)
    {
        chooser.Took(
            option,
            option < ready.Count - 1,
            $"{ready[option].Process} goes before {ready[0].Process}",
            ready.Count - 1
        );
        return option;
    }
}
