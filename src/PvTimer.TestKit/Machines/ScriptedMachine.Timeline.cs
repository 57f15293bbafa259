using PvTimer.ActorTime;
using PvTimer.ActorTime.Moving;
using PvTimer.Model.Events;
using PvTimer.Model.Time;
using PvTimer.TestKit.Observing;

namespace PvTimer.TestKit.Machines;

/// <content>Its time: the machine's events, and between them what the test's own actors do.</content>
internal sealed partial class ScriptedMachine
{
    /// <summary>Events happen, all those before an instant if they are not too many.</summary>
    /// <returns>Whether it were all.</returns>
    public bool RunBefore(VirtualTime instant, long events)
    {
        bool all = false;
        if (!_world.IsInhabited && Properties?.IsEmpty != false)
        {
            Guarded(() => all = _run.RunBefore(instant, events));
            return all;
        }
        for (long taken = 0; taken < events; taken++)
        {
            if (!RunOne(instant))
            {
                Guarded(() => _run.RunBefore(instant));
                return true;
            }
        }
        return false;
    }

    /// <summary>The next event happens, if it lies before an instant: a step of the test's own actors, or one of the machine.</summary>
    public bool RunOne(VirtualTime before) => Properties?.After(Step(before)) ?? Step(before);

    private bool Step(VirtualTime before)
    {
        if (Now >= before)
        {
            return false;
        }
        VirtualTime alarm = VirtualTime.FromNanoseconds(_world.NextAlarm);
        if (!_world.IsReady && (alarm > _run.NextTime || alarm >= before))
        {
            bool happened = false;
            Guarded(() => happened = _run.RunOne(before));
            return happened;
        }
        if (!_world.IsReady && alarm > Now)
        {
            Guarded(() => _run.RunBefore(alarm));
        }
        ThrowIfNotIdle();
        return _world.RunOne(long.MaxValue);
    }

    long ITimeline.Now => Now.Nanoseconds;

    ClockLimits ITimeline.Limits => _world.Limits;

    bool ITimeline.RunBefore(long instant, long events) =>
        RunBefore(VirtualTime.FromNanoseconds(instant), events);

    bool ITimeline.RunOne(long before) => RunOne(VirtualTime.FromNanoseconds(before));

    ScriptException ITimeline.Failure(string what) => Failure(what, static _ => false);

    ScriptException ITimeline.Spins(string what)
    {
        (EntityId busiest, string text) = _log.Busiest(NameOf);
        string where = EventTable.TimeText(Now);
        return Failure(
            $"the clock is at {where} and {what}; {text}",
            past => past.Target == busiest
        );
    }
}
