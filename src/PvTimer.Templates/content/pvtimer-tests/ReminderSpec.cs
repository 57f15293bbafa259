using Akka.Actor;
using Xunit;
#if (isXunit3)
using PvTimer.ActorTime.Xunit3;
#else
using PvTimer.ActorTime.Xunit2;
#endif

namespace PvTimerTests;

public sealed record Remind(string Of);

public sealed record Due(string Of);

/// <summary>An actor to begin with: it reminds its owner an hour later. Yours are in a project of their own.</summary>
public sealed class Reminder : ReceiveActor, IWithTimers
{
    public Reminder(IActorRef owner)
    {
        Receive<Remind>(asked =>
            Timers.StartSingleTimer(asked, new Due(asked.Of), TimeSpan.FromHours(1))
        );
        Receive<Due>(due => owner.Tell(due.Of));
    }

    public ITimerScheduler Timers { get; set; } = null!;
}

public sealed class ReminderSpec : VirtualTimeSpec
{
    [Fact]
    public void Reminder_reminds_after_an_hour()
    {
        IActorRef reminder = ActorOf(() => new Reminder(TestActor));
        reminder.Tell(new Remind("the milk"));
        ExpectMsg("the milk", TimeSpan.FromHours(2)); // of virtual time: the test takes milliseconds
        Assert.Equal(TimeSpan.FromHours(1), Clock.Now);
    }

    /// <summary>In every order of messages that makes a difference.</summary>
    [Fact]
    public void Two_reminders_remind_of_both() =>
        Explore(() =>
        {
            ActorOf(() => new Reminder(TestActor)).Tell(new Remind("the milk"));
            ActorOf(() => new Reminder(TestActor)).Tell(new Remind("the bread"));
            Clock.AdvanceBy(TimeSpan.FromHours(2));
            Assert.Equal(["the bread", "the milk"], ReceiveN(2).Cast<string>().Order());
        });
}
