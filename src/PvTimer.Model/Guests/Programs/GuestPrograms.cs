using System;

namespace PvTimer.Model.Guests.Programs;

/// <summary>From a guest's description to the program of one of its vCPUs.</summary>
public static class GuestPrograms
{
    public static IGuestProgram Create(GuestDescription guest, GuestSeat seat) =>
        guest switch
        {
            IdleGuest idle => new GridProgram(idle.Idle, idle.Period, threads: 1, default, default),
            TickGuest tick => TickProgram.Create(tick, seat),
            CyclictestGuest cyclictest => new GridProgram(
                cyclictest.Idle,
                cyclictest.Period,
                cyclictest.Threads,
                cyclictest.Offset,
                cyclictest.Work
            ),
            NanosleepGuest nanosleep => new NanosleepProgram(nanosleep),
            ExponentialGuest exponential => new ExponentialProgram(exponential, seat.Chance),
            UniformGuest uniform => new UniformProgram(uniform, seat.Chance),
            LapicTimerGuest lapic => new LapicTimerProgram(lapic, seat),
            TscDeadlineLatencyGuest latency => new TscDeadlineLatencyProgram(latency),
            TscDeadlineGuest exits => new TscDeadlineProgram(exits),
            TcpRrGuest tcp => new RequestResponseProgram(tcp),
            RedisLikeGuest redis => new EventLoopProgram(redis, seat.Chance),
            StormGuest storm => new StormProgram(storm),
            MixGuest mix => Create(mix.Of(seat.Vcpu), seat),
            TraceGuest trace => new TraceReplay(trace, seat),
            CommandedGuest commanded => new CommandedProgram(commanded.Idle),
            ProgrammedGuest programmed => programmed.Create(seat),
            _ => throw new NotSupportedException($"no program for {guest}"),
        };
}
