using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Backends;
using PvTimer.Model.Description;
using PvTimer.Model.Guests;
using PvTimer.Model.Looks;
using PvTimer.Model.Tests.Machines;
using PvTimer.Model.Time;
using PvTimer.Model.Timers.Paravirt;

namespace PvTimer.Model.Tests.Looks;

/// <summary>Where a deadline waits on its way, and what stands against it.</summary>
public class PendingTimerTests
{
    private static TestMachine Machine { get; } =
        new() { Backend = TimerBackends.PvTimer, Duration = VirtualDuration.FromMilliseconds(4) };

    private static TestMachine AsPosted { get; } =
        Machine with
        {
            PvTimer = PvTimerParameters.AsPosted,
        };

    private static ScriptedProgram Far => new ScriptedProgram().ProgramIn(2_000).Compute(3_000);

    private static MachineEvent[] TimerCpuGoesOfflineAt(long microseconds) =>
        [
            new PcpuOffline(
                VirtualTime.Zero + VirtualDuration.FromMicroseconds(microseconds),
                Host: 0,
                Pcpu: 3
            ),
        ];

    /// <summary>"from us: place holder risk", a line each time that it is another.</summary>
    private static string[] WayOf(TestMachine machine, ScriptedProgram guest)
    {
        LookedAtMachine looked = LookedAtMachine.Of(machine, guest);
        List<string> way = [];
        string last = "";
        for (long at = 0; at < 4_000; at++)
        {
            string now = string.Join(
                ", ",
                looked
                    .RunTo(at)
                    .Look()
                    .Timers.Select(timer => $"{timer.Place} {timer.Holder} {timer.Risk}")
            );
            if (now != last)
            {
                way.Add($"{at}: {now}");
            }
            last = now;
        }
        return [.. way];
    }

    [Fact]
    public void Kthread_shows_a_deadline_in_its_page_until_its_scan_has_taken_it()
    {
        LookedAtMachine looked = LookedAtMachine.Of(Machine, Far);
        int inPage = 0;
        for (long at = 0; at < 4_000; at += 10)
        {
            MachineLook look = looked.RunTo(at).Look();
            KthreadLook kthread = Assert.Single(look.Kthreads);
            PageLook page = Assert.Single(kthread.Pages);
            PendingTimer? waits = look.Timers.FirstOrDefault(timer =>
                timer.Place == TimerPlace.Page
            );
            Assert.Equal(waits?.Due, page.Expire);
            Assert.Equal(look.Hosts[0].Scans, kthread.Scans);
            // A scan begins a wake-up after it is due.
            Assert.InRange((kthread.NextScan - looked.Reached).Nanoseconds, -50_000, 250_000);
            inPage += waits is null ? 0 : 1;
        }
        Assert.InRange(inPage, 1, 30);
    }

    [Fact]
    public void Deadline_waits_in_the_page_until_the_next_scan_and_then_on_the_timer_cpu() =>
        Assert.Equal(
            [
                "2: Page h0/timer-kthread None",
                "255: TimerCpu h0/pcpu-3 None",
                "2002: TimerCpu h0/pcpu-3 Overdue",
                "2004: ",
            ],
            WayOf(Machine, Far)
        );

    [Fact]
    public void Deadline_of_an_msr_is_under_way_and_waits_where_the_vcpu_runs() =>
        Assert.Equal(
            [
                "2: UnderWay vm/vcpu-0 None",
                "3: Pcpu h0/pcpu-0 None",
                "2002: Pcpu h0/pcpu-0 Overdue",
                "2003: ",
            ],
            WayOf(Machine with { Backend = TimerBackends.Hrtimer }, Far)
        );

    [Fact]
    public void Deadline_before_the_next_look_is_at_risk_until_the_doorbell_is_heard() =>
        Assert.Equal(
            [
                "654: Page h0/timer-kthread LooksTooLate",
                "657: TimerCpu h0/pcpu-3 None",
                "694: TimerCpu h0/pcpu-3 Overdue",
                "697: ",
            ],
            WayOf(Machine, new ScriptedProgram().Compute(652).ProgramIn(40).Compute(1_000))
        );

    [Fact]
    public void Deadline_that_was_taken_back_is_unwanted_until_the_next_scan() =>
        Assert.Equal(
            [
                "2: Page h0/timer-kthread None",
                "255: TimerCpu h0/pcpu-3 None",
                "602: TimerCpu h0/pcpu-3 Unwanted",
                "755: ",
            ],
            WayOf(
                Machine,
                new ScriptedProgram()
                    .ProgramIn(2_000)
                    .Compute(600)
                    .Then(GuestStep.ProgramDeadline(TscTicks.Zero))
                    .Compute(2_000)
            )
        );

    [Fact]
    public void Deadline_in_a_page_that_nobody_looks_into_any_more_is_at_risk() =>
        Assert.Equal(
            ["202: Page h0/timer-kthread HolderOffline", "2202: Page h0/timer-kthread Overdue"],
            WayOf(
                AsPosted with
                {
                    Events = [.. TimerCpuGoesOfflineAt(100)],
                },
                new ScriptedProgram().Compute(200).ProgramIn(2_000).Compute(3_000)
            )
        );

    [Fact]
    public void Deadline_moves_to_the_vcpu_when_the_timer_cpu_goes_offline() =>
        Assert.Equal(
            [
                "2: Page h0/timer-kthread None",
                "255: TimerCpu h0/pcpu-3 None",
                "603: Pcpu h0/pcpu-0 None",
                "2002: Pcpu h0/pcpu-0 Overdue",
                "2003: ",
            ],
            WayOf(Machine with { Events = [.. TimerCpuGoesOfflineAt(600)] }, Far)
        );

    [Fact]
    public void Earliest_deadlines_are_listed_and_no_more_than_were_asked_for()
    {
        LookedAtMachine looked = LookedAtMachine.Of(
            Machine,
            [
                .. new[] { 900, 700, 800 }.Select(at =>
                    new ScriptedProgram().ProgramIn(at).Compute(3_000)
                ),
            ]
        );
        looked.RunTo(100);
        LookRequest request = new([], [], Timers: 2);
        Assert.Equal(
            "vm/vcpu-1 vm/vcpu-2",
            string.Join(' ', looked.Look(request, parts: 1).Timers.Select(timer => timer.Vcpu))
        );
        Assert.Equal(
            "vm/vcpu-1 vm/vcpu-2",
            string.Join(' ', looked.Look(request, parts: 4).Timers.Select(timer => timer.Vcpu))
        );
        Assert.Empty(looked.Look(LookRequest.Sums, parts: 1).Timers);
    }

    [Fact]
    public void Holder_acts_at_the_expiry_or_at_its_next_look()
    {
        LookedAtMachine early = LookedAtMachine.Of(
            Machine with
            {
                Backend = TimerBackends.Hrtimer,
                TimerAdvance = VirtualDuration.FromMicroseconds(8),
            },
            Far
        );
        PendingTimer timer = Assert.Single(early.RunTo(100).Look().Timers);
        Assert.Equal(VirtualDuration.FromMicroseconds(8), timer.Due - timer.Fires);
        LookedAtMachine late = LookedAtMachine.Of(
            Machine,
            new ScriptedProgram().Compute(652).ProgramIn(40).Compute(1_000)
        );
        timer = Assert.Single(late.RunTo(656).Look().Timers);
        Assert.True(timer.Fires > timer.Due, $"{timer}");
        Assert.InRange(timer.Fires.Nanoseconds, 750_000, 760_000);
    }
}
