using System;
using Akka.Actor;
using PvTimer.Engine.Tests.Machines;

namespace PvTimer.Actors.Tests;

/// <summary>Akka's own timers, set during an event, go off in virtual time to the nanosecond.</summary>
public class VirtualTimersTests
{
    private static TimeSpan Us(long microseconds) => TimeSpan.FromMicroseconds(microseconds);

    private sealed class TimerUser : ReceiveActor, IWithTimers
    {
        public TimerUser(Diary diary)
        {
            Receive<string>(diary.Note);
            Receive<LambdaMachine.Note>(note =>
            {
                diary.Note(note.Text);
                Timers!.StartSingleTimer("after", "one shot", Us(100));
                Timers.Cancel("beat");
            });
        }

        public ITimerScheduler? Timers { get; set; }

        protected override void PreStart()
        {
            Timers!.StartPeriodicTimer("beat", "beat", Us(300));
            Timers.StartSingleTimer("never", "cancelled", Us(1_500));
            Timers.Cancel("never");
        }
    }

    [Fact]
    public void Timers_of_an_actor_go_off_at_their_exact_virtual_times()
    {
        var diary = new Diary();
        Diary.Run(() => Props.Create(() => new TimerUser(diary)), (700_007, "stop the beat"));
        Assert.Equal(
            ["300000 beat", "600000 beat", "700007 stop the beat", "800007 one shot"],
            diary.Lines
        );
    }

    private sealed class TimeoutUser : ReceiveActor
    {
        public TimeoutUser(Diary diary)
        {
            Context.SetReceiveTimeout(Us(500));
            Receive<ReceiveTimeout>(_ => diary.Note("silence"));
            Receive<LambdaMachine.Note>(note => diary.Note(note.Text));
            ReceiveAny(_ => { });
        }
    }

    [Fact]
    public void Receive_timeout_counts_virtual_time_since_the_last_message()
    {
        var diary = new Diary();
        Diary.Run(() => Props.Create(() => new TimeoutUser(diary)), (1_300_001, "noise"));
        Assert.Equal(
            ["500000 silence", "1000000 silence", "1300001 noise", "1800001 silence"],
            diary.Lines
        );
    }

    private sealed class SchedulerUser : ReceiveActor
    {
        public SchedulerUser(Diary diary)
        {
            IScheduler scheduler = Context.System.Scheduler;
            Receive<string>(text => diary.Note($"{text} {scheduler.MonotonicClock.Ticks}"));
            Receive<LambdaMachine.Note>(_ =>
            {
#pragma warning disable AK1004 // reason: how the scheduler serves an actor is what is tested
                scheduler.ScheduleTellOnce(Us(20), Self, "told", Self);
                scheduler.ScheduleTellRepeatedly(Us(30), Us(900), Self, "again", Self);
#pragma warning restore AK1004
                scheduler.Advanced.ScheduleOnce(Us(40), () => diary.Note("action"));
                Assert.Equal(DateTimeOffset.UnixEpoch + Us(1), scheduler.Now);
            });
            ReceiveAny(_ => { });
        }
    }

    [Fact]
    public void Scheduler_is_virtual_for_a_caller_inside_an_event()
    {
        var diary = new Diary();
        Diary.Run(() => Props.Create(() => new SchedulerUser(diary)), (1_000, "go"));
        Assert.Equal(
            [
                "21000 told 210",
                "31000 again 310",
                "41000 action",
                "931000 again 9310",
                "1831000 again 18310",
            ],
            diary.Lines
        );
    }

    [Fact]
    public void Scheduler_is_real_for_a_caller_outside_of_events()
    {
        using var run = new ActorRun(
            new LambdaMachine(1_000, (_, _, _) => { }),
            new(),
            new ActorOptions()
        );
        using var rang = new System.Threading.ManualResetEventSlim();
        run.System.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(5), rang.Set);
        Assert.True(rang.Wait(TimeSpan.FromSeconds(30)));
        Assert.True(run.System.Scheduler.Now > DateTimeOffset.UnixEpoch.AddYears(50));
    }
}
